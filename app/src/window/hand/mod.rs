//! The tool in hand, as the rest of the window uses it: keys, choices, and what it says.

mod pen;
mod pins;

pub(crate) use pen::KeyPen;

use super::{Action, Command, Studio, commands};
use crate::document::DocumentError;
use crate::live::Changed;
use crate::tools::{Tool, ToolContext, ToolKind, paint_of};
use egui::{Context, Event, Key, Vec2};
use engine_api::Expansion;
use std::sync::Arc;

/// A tool taken for as long as its key is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Borrowed {
    key: Key,
    /// What was in hand before.
    back: ToolKind,
    /// Whether something was done with it.
    pub used: bool,
}

/// Degrees of the commands that turn the view.
const TURN: f32 = 15.0;

impl Studio {
    /// Lets the tool in hand do something with the document; tells what it says or what was refused.
    pub(crate) fn with_tool(
        &mut self,
        work: impl FnOnce(&mut dyn Tool, &mut ToolContext<'_>) -> Result<(), DocumentError>,
    ) {
        let (Some(open), Some(sight)) = (&mut self.open, self.canvas.sight) else { return };
        let (tool, settings) = self.toolbox.in_hand();
        let (mut say, mut changes) = (None, Vec::new());
        let mut context = ToolContext {
            history: &mut open.history,
            active: &mut open.active,
            view: &mut self.canvas.view,
            sight,
            settings,
            expansion: &mut open.expansion,
            say: &mut say,
            changes: &mut changes,
        };
        let outcome = work(tool, &mut context);
        if outcome.is_err() {
            tool.cancel(&mut open.history);
        }
        match outcome {
            Ok(()) => say.into_iter().for_each(|text| self.say(text)),
            Err(error) => self.complain(&error),
        }
        changes.into_iter().for_each(|change| self.change_at_length(change));
    }

    /// Takes back what the tool has under way or shows; says whether there was anything.
    pub(super) fn take_back(&mut self) -> bool {
        let Some(open) = &mut self.open else { return false };
        self.toolbox.in_hand().0.cancel(&mut open.history)
    }

    /// The Escape key: first what is under way, then the area to be added, then the message.
    pub(super) fn escape(&mut self) {
        let taken = self.give_up_changes() || self.take_back();
        self.lift_pen();
        let expands = self.tool() == ToolKind::Expand;
        if let Some(open) = &mut self.open
            && (expands || !taken)
            && !open.expansion.is_none()
        {
            open.expansion = Expansion::default();
        } else if !taken {
            self.message = None;
        }
    }

    /// Commands of tools and colours; false for all others.
    pub(super) fn hand_command(&mut self, command: Command) -> bool {
        if self.pen_command(command) {
            return true;
        }
        let settings = &mut self.toolbox.settings;
        match command {
            Command::Tool(kind) => {
                self.toolbox.choose(kind, self.open.as_mut().map(|open| &mut open.history));
            }
            Command::Combine(how) => settings.combine = how,
            Command::LargerBrush => self.toolbox.resize_brush(true),
            Command::SmallerBrush => self.toolbox.resize_brush(false),
            Command::HarderBrush => self.toolbox.harden_brush(true),
            Command::SofterBrush => self.toolbox.harden_brush(false),
            Command::SwapColours => settings.swap_colours(),
            Command::DefaultColours => settings.reset_colours(),
            Command::Apply => self.with_tool(|tool, context| tool.apply(context)),
            Command::TakeBack => self.escape(),
            Command::Nudge(way, far) => {
                let way = Vec2::new(f32::from(way[0]), f32::from(way[1]));
                self.with_tool(|tool, context| tool.nudge(way, far, context));
            }
            Command::Fill => {
                let colour = settings.colour;
                let Some(open) = &self.open else { return true };
                let active = open.active;
                self.change_at_length(Arc::new(move |history| {
                    history.begin("Fill")?;
                    let layer = paint_of(history, active)?;
                    history.fill(layer, colour)?;
                    history.commit()?;
                    Ok(Changed::choosing(layer))
                }));
            }
            Command::TurnLeft => self.canvas.view.turn(-TURN),
            Command::TurnRight => self.canvas.view.turn(TURN),
            Command::Upright => self.canvas.view.turn_to(0.0),
            _ => return false,
        }
        true
    }

    /// A tap on a tool's key takes the tool; using it while the key is held only borrows it. Time does not count: a slow
    /// frame would make a tap look long.
    pub(super) fn take_tool_keys(&mut self, ctx: &Context, is_typing: bool) {
        let events: Vec<(Key, bool, Option<ToolKind>)> = ctx.input(|input| {
            let keys = input.events.iter().filter_map(|event| match event {
                Event::Key { key, pressed, repeat: false, .. } => {
                    let kind = commands::tool_of(event, is_typing);
                    Some((*key, *pressed, kind))
                }
                _ => None,
            });
            keys.collect()
        });
        for (key, pressed, kind) in events {
            match (pressed, kind, self.borrowed) {
                (true, Some(kind), _) if kind != self.tool() => {
                    self.borrowed = Some(Borrowed { key, back: self.tool(), used: false });
                }
                (false, _, Some(borrowed)) if borrowed.key == key => {
                    self.borrowed = None;
                    if borrowed.used {
                        self.actions.push(Action::Do(Command::Tool(borrowed.back)));
                    }
                }
                _ => {}
            }
        }
    }
}

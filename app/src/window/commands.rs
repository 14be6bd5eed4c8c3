//! Everything that can be done, by name: the menus, the palette and the keyboard all read this one list.

use crate::document::Combine;
use crate::tools::ToolKind;
use egui::{Event, InputState, Key, KeyboardShortcut, Modifiers};

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    Open,
    NewCanvas,
    AddAsLayer,
    AddReference,
    Export,
    FindModels,
    Quit,
    Undo,
    Redo,
    Generate,
    StopNow,
    StopAndKeep,
    Accept,
    Discard,
    BringBack,
    NextResult,
    PreviousResult,
    AcceptAll,
    Split,
    SplitLeft,
    SplitRight,
    Changes,
    GenerateNext,
    PauseLine,
    ClearLine,
    RestoreLine,
    NextJob,
    PreviousJob,
    JobForward,
    JobBack,
    CancelJob,
    ContinueEarlier,
    DiscardEarlier,
    SelectAll,
    Deselect,
    Invert,
    Grow,
    Shrink,
    Feather,
    Border,
    /// How new marks meet those that are there.
    Combine(Combine),
    Tool(ToolKind),
    /// An arrow key: which way, and whether far.
    Nudge([i8; 2], bool),
    KeyboardPen,
    PenDown,
    /// Does what the tool in hand shows.
    Apply,
    /// Takes back what the tool in hand shows.
    TakeBack,
    Fill,
    SwapColours,
    DefaultColours,
    TurnLeft,
    TurnRight,
    Upright,
    LargerBrush,
    SmallerBrush,
    HarderBrush,
    SofterBrush,
    NewPaintLayer,
    NewMaskLayer,
    Duplicate,
    MergeDown,
    DeleteLayer,
    RaiseLayer,
    LowerLayer,
    ToggleLayer,
    LockLayer,
    RenameLayer,
    GroupLayers,
    UngroupLayers,
    FoldGroup,
    UseRecipe,
    MakeAgain,
    LayerAbove,
    LayerBelow,
    AlsoAbove,
    AlsoBelow,
    ZoomIn,
    ZoomOut,
    Fit,
    ActualPixels,
    ToggleMasks,
    TogglePanels,
    Theme,
    LargerInterface,
    SmallerInterface,
    FrameTimes,
    FocusPrompt,
    Tasks,
    EarlierPrompts,
    EarlierPrompt,
    LaterPrompt,
    Palette,
}

/// Where a command stands in the menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    Select,
    Layer,
    Tools,
    Queue,
    View,
    /// In no menu: for keys and the palette.
    None,
}

/// A command with its name, menu and key.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub command: Command,
    pub name: &'static str,
    pub menu: Menu,
    pub key: Option<KeyboardShortcut>,
    /// Whether the key works while text is typed.
    pub while_typing: bool,
}

impl Menu {
    pub const ALL: [Self; 7] =
        [Self::File, Self::Edit, Self::Select, Self::Layer, Self::Tools, Self::Queue, Self::View];

    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Select => "Select",
            Self::Layer => "Layer",
            Self::Tools => "Tools",
            Self::Queue => "Queue",
            Self::View => "View",
            Self::None => "Keys",
        }
    }
}

const PLAIN: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const ALT_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::ALT };
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

const fn entry(command: Command, name: &'static str, menu: Menu) -> Entry {
    Entry { command, name, menu, key: None, while_typing: false }
}

impl Entry {
    const fn on(self, modifiers: Modifiers, key: Key) -> Self {
        Self { key: Some(KeyboardShortcut::new(modifiers, key)), ..self }
    }

    const fn always(self) -> Self {
        Self { while_typing: true, ..self }
    }
}

/// The list.
pub const ENTRIES: &[Entry] = &[
    entry(Command::Open, "Open picture…", Menu::File).on(CTRL, Key::O).always(),
    entry(Command::NewCanvas, "New canvas…", Menu::File).on(CTRL, Key::N).always(),
    entry(Command::AddAsLayer, "Add picture as layer…", Menu::File).on(CTRL_SHIFT, Key::O).always(),
    entry(Command::AddReference, "Add reference picture…", Menu::File).on(CTRL_SHIFT, Key::R).always(),
    entry(Command::Export, "Export…", Menu::File).on(CTRL, Key::S).always(),
    entry(Command::FindModels, "Look for models again", Menu::File).always(),
    entry(Command::Quit, "Close Rostrum", Menu::File).on(CTRL, Key::Q).always(),
    entry(Command::Undo, "Undo", Menu::Edit).on(CTRL, Key::Z),
    entry(Command::Redo, "Redo", Menu::Edit).on(CTRL_SHIFT, Key::Z),
    entry(Command::Generate, "Generate or edit", Menu::Edit).on(CTRL, Key::Enter).always(),
    entry(Command::GenerateNext, "Generate or edit before the waiting jobs", Menu::Queue)
        .on(CTRL_SHIFT, Key::Enter)
        .always(),
    entry(Command::StopNow, "Cancel the running job", Menu::Queue).on(SHIFT, Key::X),
    entry(Command::StopAndKeep, "Stop and keep what is there", Menu::Queue).on(SHIFT, Key::K),
    entry(Command::PauseLine, "Pause or continue the queue", Menu::Queue).on(SHIFT, Key::P),
    entry(Command::NextJob, "Choose the next job", Menu::Queue).on(CTRL, Key::PageDown),
    entry(Command::PreviousJob, "Choose the job before", Menu::Queue).on(CTRL, Key::PageUp),
    entry(Command::JobForward, "Move the chosen job forward", Menu::Queue).on(CTRL_SHIFT, Key::PageUp),
    entry(Command::JobBack, "Move the chosen job back", Menu::Queue).on(CTRL_SHIFT, Key::PageDown),
    entry(Command::CancelJob, "Cancel the chosen job", Menu::Queue).on(CTRL_SHIFT, Key::Delete),
    entry(Command::ClearLine, "Take all waiting jobs out of the queue", Menu::Queue).on(CTRL_SHIFT, Key::X),
    entry(Command::RestoreLine, "Put the jobs back into the queue", Menu::Queue),
    entry(Command::ContinueEarlier, "Continue the jobs of last time", Menu::Queue),
    entry(Command::DiscardEarlier, "Discard the jobs of last time…", Menu::Queue),
    entry(Command::Accept, "Accept the result", Menu::Edit).on(PLAIN, Key::Enter),
    entry(Command::Discard, "Discard the result", Menu::Edit).on(CTRL, Key::Backspace),
    entry(Command::BringBack, "Bring back the discarded result", Menu::Edit).on(CTRL_SHIFT, Key::Backspace),
    entry(Command::NextResult, "Next result", Menu::Edit).on(ALT, Key::ArrowRight),
    entry(Command::PreviousResult, "Previous result", Menu::Edit).on(ALT, Key::ArrowLeft),
    entry(Command::AcceptAll, "Accept all results as layers", Menu::Edit).on(SHIFT, Key::Enter),
    entry(Command::FocusPrompt, "Write the prompt", Menu::Edit).on(ALT, Key::A).always(),
    entry(Command::Tasks, "Start from a task…", Menu::Edit).on(ALT, Key::T).always(),
    entry(Command::EarlierPrompts, "Earlier prompts…", Menu::Edit).on(ALT, Key::H).always(),
    entry(Command::EarlierPrompt, "Earlier prompt", Menu::Edit).on(ALT, Key::ArrowUp).always(),
    entry(Command::LaterPrompt, "Later prompt", Menu::Edit).on(ALT, Key::ArrowDown).always(),
    entry(Command::SelectAll, "Mark everything", Menu::Select).on(CTRL, Key::A),
    entry(Command::Deselect, "Clear the marks", Menu::Select).on(CTRL, Key::D),
    entry(Command::Invert, "Invert the marks", Menu::Select).on(CTRL_SHIFT, Key::I),
    entry(Command::Grow, "Grow the marks", Menu::Select),
    entry(Command::Shrink, "Shrink the marks", Menu::Select),
    entry(Command::Feather, "Feather the marks", Menu::Select),
    entry(Command::Border, "Keep a border of the marks", Menu::Select),
    entry(Command::Combine(Combine::Replace), "New marks replace the old ones", Menu::Select),
    entry(Command::Combine(Combine::Add), "New marks are added", Menu::Select),
    entry(Command::Combine(Combine::Subtract), "New marks are taken away", Menu::Select),
    entry(Command::Combine(Combine::Intersect), "New marks keep what is shared", Menu::Select),
    entry(Command::Tool(ToolKind::MaskBrush), "Mask brush", Menu::Tools).on(PLAIN, Key::B),
    entry(Command::Tool(ToolKind::MaskEraser), "Mask eraser", Menu::Tools).on(PLAIN, Key::E),
    entry(Command::Tool(ToolKind::Rectangle), "Rectangle", Menu::Tools).on(PLAIN, Key::M),
    entry(Command::Tool(ToolKind::Ellipse), "Ellipse", Menu::Tools).on(SHIFT, Key::M),
    entry(Command::Tool(ToolKind::Lasso), "Lasso", Menu::Tools).on(PLAIN, Key::L),
    entry(Command::Tool(ToolKind::Polygon), "Polygon", Menu::Tools).on(SHIFT, Key::L),
    entry(Command::Tool(ToolKind::Wand), "Magic wand", Menu::Tools).on(PLAIN, Key::W),
    entry(Command::Tool(ToolKind::ColourRange), "Colour range", Menu::Tools).on(SHIFT, Key::W),
    entry(Command::Tool(ToolKind::Paint), "Paint brush", Menu::Tools).on(PLAIN, Key::P),
    entry(Command::Tool(ToolKind::Eyedropper), "Eyedropper", Menu::Tools).on(PLAIN, Key::I),
    entry(Command::Tool(ToolKind::Move), "Move layer", Menu::Tools).on(PLAIN, Key::V),
    entry(Command::Tool(ToolKind::Transform), "Transform layer", Menu::Tools).on(CTRL, Key::T),
    entry(Command::Tool(ToolKind::Crop), "Crop", Menu::Tools).on(PLAIN, Key::C),
    entry(Command::Tool(ToolKind::Expand), "Expand", Menu::Tools).on(SHIFT, Key::C),
    entry(Command::Tool(ToolKind::Hand), "Hand", Menu::Tools).on(PLAIN, Key::H),
    entry(Command::Tool(ToolKind::Zoom), "Zoom", Menu::Tools).on(PLAIN, Key::Z),
    entry(Command::Tool(ToolKind::Turn), "Turn the view", Menu::Tools).on(PLAIN, Key::R),
    entry(Command::Apply, "Apply what the tool shows", Menu::Tools),
    entry(Command::TakeBack, "Take back what the tool shows", Menu::Tools),
    entry(Command::Fill, "Fill with the colour", Menu::Edit).on(PLAIN, Key::G),
    entry(Command::SwapColours, "Exchange the two colours", Menu::Tools).on(PLAIN, Key::X),
    entry(Command::DefaultColours, "Black and white colours", Menu::Tools).on(PLAIN, Key::D),
    entry(Command::Nudge([-1, 0], false), "Nudge to the left", Menu::None).on(PLAIN, Key::ArrowLeft),
    entry(Command::Nudge([1, 0], false), "Nudge to the right", Menu::None).on(PLAIN, Key::ArrowRight),
    entry(Command::Nudge([0, -1], false), "Nudge up", Menu::None).on(PLAIN, Key::ArrowUp),
    entry(Command::Nudge([0, 1], false), "Nudge down", Menu::None).on(PLAIN, Key::ArrowDown),
    entry(Command::Nudge([-1, 0], true), "Push far to the left", Menu::None).on(SHIFT, Key::ArrowLeft),
    entry(Command::Nudge([1, 0], true), "Push far to the right", Menu::None).on(SHIFT, Key::ArrowRight),
    entry(Command::Nudge([0, -1], true), "Push far up", Menu::None).on(SHIFT, Key::ArrowUp),
    entry(Command::Nudge([0, 1], true), "Push far down", Menu::None).on(SHIFT, Key::ArrowDown),
    entry(Command::KeyboardPen, "Draw with the keyboard", Menu::Tools).on(PLAIN, Key::K),
    entry(Command::PenDown, "Put the keyboard's pen down or lift it", Menu::None).on(PLAIN, Key::Space),
    entry(Command::LargerBrush, "Larger brush", Menu::Tools).on(PLAIN, Key::CloseBracket),
    entry(Command::SmallerBrush, "Smaller brush", Menu::Tools).on(PLAIN, Key::OpenBracket),
    entry(Command::HarderBrush, "Harder brush", Menu::Tools).on(SHIFT, Key::CloseBracket),
    entry(Command::SofterBrush, "Softer brush", Menu::Tools).on(SHIFT, Key::OpenBracket),
    entry(Command::NewPaintLayer, "New paint layer", Menu::Layer).on(CTRL_SHIFT, Key::N),
    entry(Command::NewMaskLayer, "New mask layer", Menu::Layer),
    entry(Command::Duplicate, "Duplicate layer", Menu::Layer).on(CTRL, Key::J),
    entry(Command::MergeDown, "Merge with the layer below", Menu::Layer).on(CTRL, Key::E),
    entry(Command::DeleteLayer, "Delete layer", Menu::Layer).on(CTRL, Key::Delete),
    entry(Command::RaiseLayer, "Move layer up", Menu::Layer).on(CTRL, Key::CloseBracket),
    entry(Command::LowerLayer, "Move layer down", Menu::Layer).on(CTRL, Key::OpenBracket),
    entry(Command::ToggleLayer, "Show or hide layer", Menu::Layer).on(CTRL_SHIFT, Key::H),
    entry(Command::LockLayer, "Lock or unlock layer", Menu::Layer).on(CTRL, Key::Slash),
    entry(Command::RenameLayer, "Rename layer", Menu::Layer).on(PLAIN, Key::F2),
    entry(Command::GroupLayers, "Group the chosen layers", Menu::Layer).on(CTRL, Key::G),
    entry(Command::UngroupLayers, "Ungroup", Menu::Layer).on(CTRL_SHIFT, Key::G),
    entry(Command::FoldGroup, "Fold or open the group", Menu::Layer),
    entry(Command::UseRecipe, "Use these settings again", Menu::Layer).on(CTRL_SHIFT, Key::U),
    entry(Command::MakeAgain, "Make it again here", Menu::Layer).on(CTRL_SHIFT, Key::M),
    entry(Command::LayerAbove, "Choose the layer above", Menu::Layer).on(ALT, Key::CloseBracket),
    entry(Command::LayerBelow, "Choose the layer below", Menu::Layer).on(ALT, Key::OpenBracket),
    entry(Command::AlsoAbove, "Choose the layer above, too", Menu::Layer).on(ALT_SHIFT, Key::CloseBracket),
    entry(Command::AlsoBelow, "Choose the layer below, too", Menu::Layer).on(ALT_SHIFT, Key::OpenBracket),
    entry(Command::ZoomIn, "Zoom in", Menu::View).on(CTRL, Key::Plus).always(),
    entry(Command::ZoomOut, "Zoom out", Menu::View).on(CTRL, Key::Minus).always(),
    entry(Command::Fit, "Fit the window", Menu::View).on(CTRL, Key::Num0).always(),
    entry(Command::ActualPixels, "Actual pixels, 100 %", Menu::View).on(CTRL, Key::Num1).always(),
    entry(Command::TurnLeft, "Turn the view to the left", Menu::View).on(PLAIN, Key::Num4),
    entry(Command::TurnRight, "Turn the view to the right", Menu::View).on(PLAIN, Key::Num6),
    entry(Command::Upright, "Set the view upright", Menu::View).on(PLAIN, Key::Num5),
    entry(Command::ToggleMasks, "Show or hide marks", Menu::View).on(CTRL, Key::H),
    entry(Command::Split, "Before and after side by side", Menu::View).on(PLAIN, Key::Y),
    entry(Command::SplitLeft, "Move the divider to the left", Menu::View).on(ALT_SHIFT, Key::ArrowLeft),
    entry(Command::SplitRight, "Move the divider to the right", Menu::View).on(ALT_SHIFT, Key::ArrowRight),
    entry(Command::Changes, "Show what the result changed", Menu::View).on(SHIFT, Key::Y),
    entry(Command::TogglePanels, "Show or hide panels", Menu::View).on(CTRL, Key::Backslash).always(),
    entry(Command::Theme, "Light or dark theme", Menu::View).on(CTRL_SHIFT, Key::T).always(),
    entry(Command::LargerInterface, "Larger interface", Menu::View).on(CTRL_SHIFT, Key::Plus).always(),
    entry(Command::SmallerInterface, "Smaller interface", Menu::View).on(CTRL_SHIFT, Key::Minus).always(),
    entry(Command::FrameTimes, "Show frame times", Menu::View).on(PLAIN, Key::F12).always(),
    entry(Command::Palette, "All commands…", Menu::View).on(CTRL, Key::K).always(),
];

/// The entry of a command.
pub fn of(command: Command) -> &'static Entry {
    // proof: a test looks every command up that the window names
    ENTRIES.iter().find(|entry| entry.command == command).unwrap_or(&ENTRIES[0])
}

/// Takes the keys of commands out of the input, in the order in which they were pressed.
pub fn pressed(input: &mut InputState, mut is_typing: bool, has_focus: bool) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut has_text = false;
    input.events.retain(|event| {
        if matches!(event, Event::Text(_)) {
            // A letter that was a command's key is not to be written as well.
            return !std::mem::take(&mut has_text);
        }
        let found = found(event, is_typing, has_focus);
        commands.extend(found);
        // What follows is text for the field that the command opens.
        is_typing |= matches!(found, Some(Command::FocusPrompt | Command::Palette));
        has_text = found.is_some() || (has_text && !matches!(event, Event::Key { pressed: true, .. }));
        found.is_none()
    });
    commands
}

/// The tool whose key an event presses.
pub(super) fn tool_of(event: &Event, is_typing: bool) -> Option<ToolKind> {
    match found(event, is_typing, false)? {
        Command::Tool(kind) => Some(kind),
        _ => None,
    }
}

fn found(event: &Event, is_typing: bool, has_focus: bool) -> Option<Command> {
    let Event::Key { key, physical_key, pressed: true, modifiers, .. } = event else { return None };
    let fits = |entry: &&Entry| {
        let Some(shortcut) = entry.key else { return false };
        // Enter and the arrows belong to the control that has the focus.
        let is_arrow =
            matches!(shortcut.logical_key, Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown);
        let is_plain = !(shortcut.modifiers.command || shortcut.modifiers.alt);
        let is_free =
            !((matches!(shortcut.logical_key, Key::Enter | Key::Space) || is_arrow) && is_plain && has_focus);
        (entry.while_typing || !is_typing)
            && is_free
            && means(shortcut.logical_key, *key, *physical_key)
            && modifiers.matches_exact(shortcut.modifiers)
    };
    ENTRIES.iter().find(fits).map(|entry| entry.command)
}

/// Keys are bound by what they type; brackets, plus and the backslash also by where they lie, because other
/// layouts and the Shift key put something else there.
fn means(wanted: Key, key: Key, physical: Option<Key>) -> bool {
    let by_place = matches!(wanted, Key::OpenBracket | Key::CloseBracket | Key::Backslash | Key::Minus);
    let other = match wanted {
        Key::OpenBracket => key == Key::OpenCurlyBracket,
        Key::CloseBracket => key == Key::CloseCurlyBracket,
        Key::Plus => key == Key::Equals,
        _ => false,
    };
    key == wanted || other || (by_place && physical == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_and_no_command_stands_twice() {
        for (at, entry) in ENTRIES.iter().enumerate() {
            for other in &ENTRIES[at + 1..] {
                assert_ne!(entry.command, other.command);
                assert_ne!(entry.name, other.name);
                assert!(entry.key.is_none() || entry.key != other.key, "{} and {}", entry.name, other.name);
            }
        }
    }

    #[test]
    fn nothing_destructive_lies_on_a_single_key() {
        let destructive = [
            Command::Discard,
            Command::DeleteLayer,
            Command::Deselect,
            Command::MergeDown,
            Command::GroupLayers,
            Command::UngroupLayers,
            Command::UseRecipe,
            Command::MakeAgain,
            Command::ClearLine,
            Command::CancelJob,
        ];
        for command in destructive {
            let key = of(command).key;
            assert!(key.is_some_and(|key| key.modifiers.any()), "{command:?}");
            assert_eq!(of(command).command, command);
        }
    }

    #[test]
    fn brackets_work_with_shift_and_letters_rest_while_typing() {
        let event =
            |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let curly = event(Key::CloseCurlyBracket, Modifiers::SHIFT);
        assert_eq!(found(&curly, false, false), Some(Command::HarderBrush));
        let b = event(Key::B, Modifiers::NONE);
        assert_eq!(found(&b, false, false), Some(Command::Tool(ToolKind::MaskBrush)));
        assert_eq!(found(&b, true, true), None);
        let enter = event(Key::Enter, Modifiers { ctrl: true, ..Modifiers::COMMAND });
        assert_eq!(found(&enter, true, true), Some(Command::Generate));
        assert_eq!(found(&event(Key::Enter, Modifiers::NONE), false, true), None);
    }
}

//! From a press of the button to a job in line. The picture is flattened on a thread of its own; the job is listed at
//! once.

use super::{Open, Studio};
use crate::document::{Document, DocumentError};
use crate::document::{Ingredients, LayerId};
use crate::library::Installed;
use crate::live::{Asked, Canvas, Doing, Errand, Job, Kept, Wish};
use crate::window::possible::NO_PICTURE;
use crate::window::{Moment, SaveDetails};
use engine_api::{EngineError, ErrorKind, Expansion, ImageRequest, JobId, Size};

/// Jobs whose pictures are being put together.
pub(in crate::window) struct Batch {
    numbers: Vec<JobId>,
    made: Errand<Result<Vec<(ImageRequest, Asked)>, EngineError>>,
}

/// What a batch is made from.
struct Plan {
    wish: Wish,
    model: Installed,
    doing: Doing,
    numbers: Vec<JobId>,
    asked: Asked,
}

impl Studio {
    pub(super) fn generate(&mut self, in_front: bool) {
        if let Err(error) = self.submit(in_front, None) {
            self.complain(&error);
        }
    }

    /// Lists one job per variant, and begins to put their pictures together: of what the canvas shows, or of the layers
    /// below a result that is made again.
    pub(in crate::window) fn submit(
        &mut self,
        in_front: bool,
        remakes: Option<LayerId>,
    ) -> Result<(), EngineError> {
        let model = self.models.iter().find(|model| Some(&model.name) == self.wish.model.as_ref());
        let Some(model) = model.cloned() else {
            let error = EngineError::new(ErrorKind::Model, "No model is chosen");
            return Err(error.with_hint("Choose one in the prompt panel"));
        };
        // What is wrong with words and numbers is said before anything else happens.
        self.empty_request(&model, JobId(0), 0).check()?;
        if self.open.is_none() {
            let open = Open::empty(self.look.new_size).map_err(|error| input(&error))?;
            self.show(open);
        }
        if self.is_changing() {
            let error = EngineError::new(ErrorKind::Input, "The last change of the picture is not done yet");
            return Err(error.with_hint("Try again in a moment"));
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        self.toolbox.in_hand().0.cancel(&mut open.history);
        open.look_at_marks();
        let doing = remakes.map_or_else(|| open.doing(), |layer| open.doing_below(layer));
        let document = open.history.document().clone();
        let asked = Asked {
            doing: doing.clone(),
            model: model.name.clone(),
            document: Some(self.documents),
            mask: None,
            ingredients: Ingredients::default(),
            remakes,
            source: None,
            fades_over: 0,
            thumbnail: None,
            expand: if remakes.is_some() { Expansion::default() } else { open.expansion },
        };
        let variants = self.wish.variants.max(1);
        let numbers: Vec<JobId> = (0..variants).map(|_| self.jobs.next_id()).collect();
        let plan = Plan { wish: self.wish.clone(), model, doing, numbers: numbers.clone(), asked };
        let listed: Vec<Job> =
            (0..variants).zip(&numbers).map(|(variant, &id)| plan.listed(id, variant)).collect();
        let made = Errand::start(self.doors.aside.as_ref(), move || plan.make(&document))?;
        self.batches.push(Batch { numbers, made });
        // In front, the first variant shall come first.
        let in_order: Vec<Job> = if in_front { listed.into_iter().rev().collect() } else { listed };
        in_order.into_iter().for_each(|job| self.jobs.announce(job, in_front));
        self.wish.asked();
        self.message = None;
        Ok(())
    }

    /// A request without pictures, to be checked.
    fn empty_request(&self, model: &Installed, job: JobId, variant: u32) -> ImageRequest {
        self.wish.request(job, model.path.clone(), Canvas::Empty(NOMINAL), variant)
    }

    pub(in crate::window) fn take_batches(&mut self) {
        for Batch { numbers, made } in std::mem::take(&mut self.batches) {
            match made.try_take() {
                None => self.batches.push(Batch { numbers, made }),
                Some(Ok(Ok(requests))) => self.prepared(requests),
                Some(Ok(Err(error)) | Err(error)) => {
                    let gone: Vec<_> =
                        numbers.iter().filter_map(|&id| self.jobs.give_up(id, error.clone())).collect();
                    gone.into_iter().for_each(|ending| self.ended(ending));
                }
            }
        }
    }

    fn prepared(&mut self, requests: Vec<(ImageRequest, Asked)>) {
        for (request, asked) in requests {
            let kept = Kept { request: request.clone(), model: asked.model.clone() };
            if self.jobs.ready(request, asked) {
                self.doors.shelf.keep(kept);
            }
        }
        self.write_order();
    }

    pub(super) fn export(&mut self) {
        if let Some((document, details)) = self.what_to_export() {
            self.doors.files.ask_save(document, details);
        }
    }

    /// What an export would write now; says why where there is nothing.
    pub(in crate::window) fn what_to_export(&mut self) -> Option<(Document, SaveDetails)> {
        if self.is_changing() {
            self.say("Wait until the last change is done, then export");
            return None;
        }
        self.take_back();
        let Some(open) = &self.open else {
            self.say(NO_PICTURE);
            return None;
        };
        let document = open.history.document().clone();
        let moment = Moment { document: self.documents, revision: document.revision() };
        let (name, recipe, profile) = (open.export_name(), open.recipe(), open.profile.clone());
        Some((document, SaveDetails { name, recipe, profile, moment }))
    }
}

/// Any size that a picture may have: requests without pictures are only looked at for their words and numbers.
const NOMINAL: Size = Size { width: 64, height: 64 };

impl Plan {
    fn listed(&self, id: JobId, variant: u32) -> Job {
        let request = self.wish.request(id, self.model.path.clone(), Canvas::Empty(NOMINAL), variant);
        Job::preparing(&request, self.asked.clone())
    }

    /// All requests, with what the document shows. Takes a while for large documents.
    fn make(self, document: &Document) -> Result<Vec<(ImageRequest, Asked)>, EngineError> {
        let canvas = match self.doing {
            Doing::Generate(size) => Canvas::Empty(size),
            _ => {
                let snapshot = match self.asked.remakes {
                    Some(layer) => document.snapshot_below(layer),
                    None => document.snapshot(),
                };
                let snapshot = snapshot.map_err(|error| input(&error))?;
                let expand = self.asked.expand;
                Canvas::Picture { picture: snapshot.picture, mask: snapshot.mask, expand }
            }
        };
        let request =
            |id: JobId, variant: u32| self.wish.request(id, self.model.path.clone(), canvas.clone(), variant);
        let Some(&first) = self.numbers.first() else { return Ok(Vec::new()) };
        let pattern = request(first, 0);
        pattern.check()?;
        let is_edit = !matches!(canvas, Canvas::Empty(_));
        let marks = if is_edit { document.marks().map_err(|error| input(&error))? } else { None };
        let mut asked = self.asked.clone().with_pictures(&pattern);
        asked.ingredients = self.wish.ingredients(marks);
        let numbered = self.numbers.iter().zip(0..);
        Ok(numbered.map(|(&id, variant)| (request(id, variant), asked.clone())).collect())
    }
}

fn input(error: &DocumentError) -> EngineError {
    EngineError::new(ErrorKind::Input, error.to_string())
}

//! Files for the window: dialogs and reading and writing, each on a thread of its own, so that the window never
//! waits.

use app::document::Document;
use app::link::{Embedded, EngineLink};
use app::recipe;
use app::window::{Answer, Files, Moment, Purpose, SaveDetails, Wanted};
use eframe::egui::Context;
use engine_api::{EngineError, ErrorKind};
use rfd::AsyncFileDialog;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Answers that wait to be read; a thread with a further one waits for room.
const ROOM: usize = 16;
/// A dialog that is gone sooner was never on the screen: nobody is so quick.
const SEEN: Duration = Duration::from_millis(400);
const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif"];

/// The window's door to files.
pub struct Desk {
    link: Arc<EngineLink>,
    ctx: Context,
    answers: Receiver<Answer>,
    sender: SyncSender<Answer>,
    writing: Arc<Writing>,
}

/// How many files are being written.
#[derive(Default)]
struct Writing {
    files: Mutex<usize>,
    ended: Condvar,
}

impl Writing {
    /// Writes a file while counting it.
    fn during<T>(&self, write: impl FnOnce() -> T) -> T {
        struct Counted<'a>(&'a Writing);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                *self.0.files.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
                self.0.ended.notify_all();
            }
        }
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let _counted = Counted(self);
        write()
    }

    /// Waits until none is.
    fn wait(&self) {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.ended.wait_while(files, |files| *files > 0));
    }
}

impl Drop for Desk {
    /// An export under way is finished, so that no half file is left. An open dialog is not waited for.
    fn drop(&mut self) {
        self.writing.wait();
    }
}

impl Desk {
    /// `ctx` is woken when an answer is there.
    pub fn new(link: EngineLink, ctx: Context) -> Self {
        let (sender, answers) = sync_channel(ROOM);
        Self { link: Arc::new(link), ctx, answers, sender, writing: Arc::default() }
    }

    /// Does something on a thread of its own. The window closing first makes its answers fall on the floor.
    fn spawn(&self, work: impl FnOnce(&EngineLink, &dyn Fn(Answer)) + Send + 'static) {
        let (link, sender, ctx) = (Arc::clone(&self.link), self.sender.clone(), self.ctx.clone());
        let run = move || {
            work(&link, &|answer| {
                if sender.send(answer).is_ok() {
                    ctx.request_repaint();
                }
            });
        };
        if let Err(error) = thread::Builder::new().name("files".into()).spawn(run) {
            let error = EngineError::new(
                ErrorKind::Input,
                format!("The system gave no room for another task ({error})"),
            );
            let answer = Answer::Saved {
                file: PathBuf::new(),
                moment: Moment::default(),
                result: Err(error.with_hint("Close other programs")),
            };
            // A full line drops it: then there are answers enough to read.
            let _ = self.sender.try_send(answer);
        }
    }
}

impl Files for Desk {
    fn ask_open(&mut self, purpose: Purpose) {
        let dialog = AsyncFileDialog::new().set_title("Open").add_filter("Pictures", &ENDINGS).pick_files();
        self.spawn(move |link, answer| match ask(dialog) {
            Asked::Chosen(files) => {
                files.iter().for_each(|file| answer(open(link, file.path().to_owned(), purpose)));
            }
            Asked::CalledOff => {}
            Asked::NoDialog => answer(no_dialog(Wanted::Open(purpose))),
        });
    }

    fn open(&mut self, file: PathBuf, purpose: Purpose) {
        self.spawn(move |link, answer| answer(open(link, file, purpose)));
    }

    fn ask_save(&mut self, document: Document, details: SaveDetails) {
        let name = format!("{}.png", details.name);
        let filter = AsyncFileDialog::new().set_title("Export").set_file_name(name);
        let dialog = filter
            .add_filter("PNG", &["png"])
            .add_filter("WebP", &["webp"])
            .add_filter("JPEG", &["jpg"])
            .save_file();
        let writing = Arc::clone(&self.writing);
        self.spawn(move |link, answer| match ask(dialog) {
            Asked::Chosen(file) => {
                let file = with_ending(file.path());
                let result = writing.during(|| save(link, &file, &document, &details, true));
                answer(Answer::Saved { file, moment: details.moment, result });
            }
            Asked::CalledOff => {}
            Asked::NoDialog => answer(no_dialog(Wanted::Export)),
        });
    }

    fn save(&mut self, file: PathBuf, document: Document, details: SaveDetails) {
        let writing = Arc::clone(&self.writing);
        self.spawn(move |link, answer| {
            let file = with_ending(&file);
            let result = writing.during(|| save(link, &file, &document, &details, false));
            answer(Answer::Saved { file, moment: details.moment, result });
        });
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

fn open(link: &EngineLink, file: PathBuf, purpose: Purpose) -> Answer {
    let result = (link.open_picture)(&file);
    Answer::Opened { file, purpose, result }
}

fn save(
    link: &EngineLink,
    file: &Path,
    document: &Document,
    details: &SaveDetails,
    may_replace: bool,
) -> Result<(), EngineError> {
    let snapshot = document.snapshot();
    let picture = &snapshot.map_err(|error| EngineError::new(ErrorKind::Input, error.to_string()))?.picture;
    let recipe = details.recipe.as_ref();
    let text = recipe.and_then(|recipe| serde_json::to_string(recipe).ok());
    let parameters = recipe.map(recipe::parameters);
    let embedded = Embedded {
        recipe: text.as_deref(),
        description: recipe.map(|recipe| recipe.prompt.as_str()),
        parameters: parameters.as_deref(),
        profile: details.profile.as_deref(),
    };
    let written = if may_replace {
        (link.save_picture)(file, picture, &embedded).map(|()| true)
    } else {
        (link.save_new_picture)(file, picture, &embedded)
    };
    match written {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!("There is a file {} already, and it was left as it is", file.display());
            Err(EngineError::new(ErrorKind::Output, message).with_hint("Choose another name"))
        }
        // Hints of the command line name an option that a window does not have.
        Err(error) => Err(EngineError { hint: error.hint.map(|hint| hint.replace(" with -o", "")), ..error }),
    }
}

/// What came of a dialog.
enum Asked<T> {
    Chosen(T),
    CalledOff,
    NoDialog,
}

/// Waits for a dialog, and notices where the system has none.
fn ask<T>(dialog: impl Future<Output = Option<T>>) -> Asked<T> {
    let began = Instant::now();
    match wait_for(dialog) {
        Some(chosen) => Asked::Chosen(chosen),
        None if began.elapsed() < SEEN => Asked::NoDialog,
        None => Asked::CalledOff,
    }
}

/// A typed name may begin where the program was started.
fn no_dialog(wanted: Wanted) -> Answer {
    Answer::NoDialog { wanted, folder: std::env::current_dir().unwrap_or_default() }
}

/// A name without an ending means PNG.
fn with_ending(file: &Path) -> PathBuf {
    if file.extension().is_some() { file.to_owned() } else { file.with_extension("png") }
}

/// Waits for a dialog. Only ever called on a thread that has nothing else to do.
fn wait_for<T>(dialog: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut dialog = pin!(dialog);
    loop {
        match dialog.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            Poll::Ready(chosen) => return chosen,
            Poll::Pending => thread::park(),
        }
    }
}

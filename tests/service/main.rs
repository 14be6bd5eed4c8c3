//! The service, driven by a runner that does real arithmetic: order, cancellation, overflow, faults, shut-down.

mod blur;
mod clips;
mod studio;

use blur::{BLOCKS_PER_STEP, Probe, blurred, noise, picture};
use engine::service::{MakeRunner, PROGRESS_ROOM, Service, UNREAD_JOBS, WAITING_JOBS};
use engine_api::{CancelMode, EngineError, ErrorKind, EventKind, ImageRequest, JobId};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use studio::{PATIENCE, Studio, failure, make, names, request};

#[test]
fn a_job_tells_its_life_in_order_and_hands_over_the_picture() {
    let studio = Studio::open();
    studio.service.submit(request(7, "blur")).unwrap();
    let mut events = studio.events_until_end(7);
    let expected = ["started", "planned", "stage", "step", "step", "step", "stage", "finished"];
    assert_eq!(names(&events), expected.map(|name| (7, name)));
    let Some(EventKind::Finished(finished)) = events.pop().map(|event| event.kind) else { unreachable!() };
    let mut values = noise(7);
    for _ in 0..3 * BLOCKS_PER_STEP {
        values = blurred(&values);
    }
    assert_eq!(finished.outcome.picture, picture(&values));
    assert!(finished.seconds > 0.0);
    assert_eq!(finished.peak_rss.is_some(), cfg!(target_os = "linux"));
}

#[test]
fn two_jobs_run_one_after_the_other_on_one_runner() {
    let studio = Studio::open();
    studio.service.submit(request(1, "first")).unwrap();
    studio.service.submit(request(2, "second")).unwrap();
    let events = studio.events_until_end(2);
    let first_end = events.iter().position(|event| event.kind.is_end()).unwrap();
    assert!(events[..=first_end].iter().all(|event| event.job == JobId(1)));
    assert!(events[first_end + 1..].iter().all(|event| event.job == JobId(2)));
    assert_eq!(studio.probe.made.load(Ordering::SeqCst), 1);
}

#[test]
fn cancelling_now_is_answered_within_one_block() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(ImageRequest { steps: Some(1000), ..request(1, "long") }).unwrap();
    for _ in 0..3 {
        arrivals.recv_timeout(PATIENCE).unwrap();
        go.send(()).unwrap();
    }
    // The runner stands in the gate after its third block, at the latest.
    arrivals.recv_timeout(PATIENCE).unwrap();
    let done = studio.probe.blocks.load(Ordering::SeqCst);
    studio.service.cancel(JobId(1), CancelMode::Now);
    drop((go, arrivals));
    let events = studio.events_until_end(1);
    assert_eq!(names(&events).last(), Some(&(1, "cancelled")));
    assert!(studio.probe.blocks.load(Ordering::SeqCst) <= done + 1);
    assert!(studio.service.next_event(Duration::from_millis(20)).is_none(), "cancelled is said once");
}

#[test]
fn keeping_the_step_ends_early_with_a_picture() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(ImageRequest { steps: Some(1000), ..request(1, "long") }).unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();
    studio.service.cancel(JobId(1), CancelMode::KeepStep);
    drop((go, arrivals));
    let finished = studio.finish(1);
    assert_eq!(finished.outcome.stopped_after, Some(1));
    assert_eq!(studio.probe.blocks.load(Ordering::SeqCst), u64::from(BLOCKS_PER_STEP));
}

#[test]
fn a_waiting_job_is_cancelled_at_once_and_never_runs() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(request(1, "first")).unwrap();
    studio.service.submit(request(2, "second")).unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();
    studio.service.cancel(JobId(2), CancelMode::KeepStep);
    // The first job still stands in the gate while the second one answers.
    let events = studio.events_until_end(2);
    assert_eq!(names(&events).last(), Some(&(2, "cancelled")));
    drop((go, arrivals));
    assert!(studio.events_until_end(1).iter().all(|event| event.job == JobId(1)));
    studio.service.submit(request(2, "the number is free again")).unwrap();
    studio.finish(2);
}

#[test]
fn a_full_line_answers_busy_and_takes_jobs_again_later() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(request(0, "running")).unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();
    for job in 1..=WAITING_JOBS as u64 {
        studio.service.submit(request(job, "waiting")).unwrap();
    }
    let refused = studio.service.submit(request(99, "one too many")).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Busy);
    studio.service.cancel(JobId(3), CancelMode::Now);
    studio.service.submit(request(99, "in its place")).unwrap();
    drop((go, arrivals));
    let ends: Vec<u64> =
        studio.events_until_end(99).iter().filter(|e| e.kind.is_end()).map(|e| e.job.0).collect();
    assert_eq!(ends, [3, 0, 1, 2, 4, 5, 6, 7, 8, 99]);
}

#[test]
fn a_number_is_taken_while_its_job_lives() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(request(1, "first")).unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();
    assert_eq!(studio.service.submit(request(1, "again")).unwrap_err().kind, ErrorKind::Request);
    drop((go, arrivals));
    studio.finish(1);
    studio.service.submit(request(1, "again")).unwrap();
    studio.finish(1);
}

#[test]
fn only_the_latest_preview_is_kept_and_none_outlives_its_job() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(ImageRequest { steps: Some(6), preview_every: 1, ..request(1, "look") }).unwrap();
    // The start and all blocks of three steps and the first of the fourth.
    for _ in 0..1 + 3 * BLOCKS_PER_STEP {
        arrivals.recv_timeout(PATIENCE).unwrap();
        go.send(()).unwrap();
    }
    arrivals.recv_timeout(PATIENCE).unwrap();
    let preview = studio.service.take_preview(JobId(1)).expect("three previews were made");
    assert_eq!((preview.step, preview.total), (3, 6));
    assert!(studio.service.take_preview(JobId(1)).is_none(), "a preview is taken once");
    assert!(studio.service.take_preview(JobId(2)).is_none());
    drop((go, arrivals));
    studio.finish(1);
    assert!(studio.service.take_preview(JobId(1)).is_none());
}

#[test]
fn a_panic_becomes_a_failure_in_words_and_the_next_job_gets_a_new_runner() {
    let studio = Studio::open();
    studio.service.submit(request(1, "panic")).unwrap();
    studio.service.submit(request(2, "blur")).unwrap();
    let error = failure(studio.events_until_end(1).pop());
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("the brush broke") && error.hint.is_some(), "{error}");
    studio.finish(2);
    assert_eq!(studio.probe.made.load(Ordering::SeqCst), 2);
    assert_eq!(studio.probe.dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn a_lost_device_is_opened_anew() {
    let studio = Studio::open();
    studio.service.submit(request(1, "lost device")).unwrap();
    assert_eq!(failure(studio.events_until_end(1).pop()).kind, ErrorKind::Device);
    studio.service.submit(request(2, "blur")).unwrap();
    studio.finish(2);
    assert_eq!(studio.probe.made.load(Ordering::SeqCst), 2);
}

#[test]
fn a_runner_that_cannot_be_made_fails_the_job_and_is_tried_again() {
    let probe = Arc::new(Probe::default());
    let mut real = make(&probe);
    let mut first = true;
    let make_runner: MakeRunner = Box::new(move || {
        if std::mem::take(&mut first) {
            return Err(EngineError::new(ErrorKind::Device, "There is no graphics card"));
        }
        real()
    });
    let service = Service::start(make_runner, Arc::new(|| {})).unwrap();
    let studio = Studio { service, probe };
    studio.service.submit(request(1, "blur")).unwrap();
    assert_eq!(failure(studio.events_until_end(1).pop()).message, "There is no graphics card");
    studio.service.submit(request(2, "blur")).unwrap();
    studio.finish(2);
}

#[test]
fn shutting_down_stops_the_running_job_and_leaves_no_thread() {
    let studio = Studio::open();
    let (arrivals, go) = studio.close_gate();
    studio.service.submit(request(1, "until stopped")).unwrap();
    studio.service.submit(request(2, "waiting")).unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();
    drop((go, arrivals));
    let Studio { service, probe } = studio;
    service.shut_down();
    // The runner and what makes it live on the thread, so their end is the thread's.
    assert_eq!(probe.dropped.load(Ordering::SeqCst), 1);
    assert_eq!(probe.blocks.load(Ordering::SeqCst), 0, "the waiting job never ran");
    assert_eq!(Arc::strong_count(&probe), 1);
}

#[test]
fn a_client_that_never_reads_holds_up_nothing_and_loses_no_beginning_or_end() {
    let studio = Studio::open();
    let steps = Some(1000);
    for job in 0..WAITING_JOBS as u64 {
        studio.service.submit(ImageRequest { steps, ..request(job, "blur") }).unwrap();
    }
    let blocks = WAITING_JOBS as u64 * 1000 * u64::from(BLOCKS_PER_STEP);
    studio.wait_for_blocks(blocks);
    let last = WAITING_JOBS as u64 - 1;
    let events = studio.events_until_end(last);
    let names = names(&events);
    assert!(names.iter().filter(|(_, name)| *name == "step").count() <= PROGRESS_ROOM);
    for job in 0..=last {
        for name in ["started", "planned", "finished"] {
            assert_eq!(names.iter().filter(|event| **event == (job, name)).count(), 1, "{name} of job {job}");
        }
    }
}

#[test]
fn unread_ends_are_limited_too() {
    let studio = Studio::open();
    let mut accepted = 0;
    let refused = loop {
        match studio.service.submit(ImageRequest { steps: Some(1), ..request(accepted, "blur") }) {
            Ok(()) => accepted += 1,
            Err(error) if accepted < UNREAD_JOBS as u64 => assert_eq!(error.kind, ErrorKind::Busy),
            Err(error) => break error,
        }
        std::thread::yield_now();
    };
    assert_eq!((refused.kind, accepted), (ErrorKind::Busy, UNREAD_JOBS as u64));
    // Once the last job runs the line is empty, and only the unread ends are in the way.
    studio.wait_for_blocks(accepted * u64::from(BLOCKS_PER_STEP));
    assert_eq!(studio.service.submit(request(accepted, "blur")).unwrap_err().kind, ErrorKind::Busy);
    studio.events_until_end(0);
    studio.service.submit(request(accepted, "blur")).unwrap();
}

#[test]
fn every_event_wakes_the_client() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wakes);
    let studio = Studio::open_with(Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    studio.service.submit(ImageRequest { preview_every: 1, ..request(1, "blur") }).unwrap();
    let events = studio.events_until_end(1);
    studio.service.shut_down();
    let previews = 2;
    assert_eq!(wakes.load(Ordering::SeqCst), events.len() + previews);
}

#[test]
fn notes_are_told_once_and_listed_at_the_end() {
    let studio = Studio::open();
    studio.service.submit(request(1, "note")).unwrap();
    let events = studio.events_until_end(1);
    assert_eq!(names(&events).iter().filter(|(_, name)| *name == "note").count(), 1);
    let Some(EventKind::Finished(finished)) = events.into_iter().next_back().map(|event| event.kind) else {
        panic!("the job did not finish");
    };
    assert_eq!(finished.notes, ["The prompt was cut"]);
}

#[test]
fn a_request_that_contradicts_itself_is_refused_before_it_waits() {
    let studio = Studio::open();
    let error = studio.service.submit(ImageRequest { steps: Some(0), ..request(1, "blur") }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Request);
    assert!(studio.service.try_event().is_none());
}

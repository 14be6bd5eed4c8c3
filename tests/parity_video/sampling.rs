//! Schedules and samplers against the reference's tables.

use crate::golden::{compare, count, floats, json, largest_difference, tensors};
use burn::tensor::Device;
use engine::kernels::read;
use engine::pipelines::sampling::flow::{Line, given, schedule};
use engine::pipelines::sampling::schedule::Schedule;
use engine::pipelines::sampling::solver::{DpmPlusPlus, Euler, Sampler, UniPc};
use serde_json::Value;

/// Allowed after every step of a walk, absolute; the reference computes its coefficients in f32.
const WALK: f32 = 2e-5;

fn line(name: &Value) -> Line {
    match name.as_str().unwrap() {
        "diffusers" => Line::Diffusers,
        "wan" => Line::Makers,
        "linear" => Line::Straight,
        other => panic!("no schedule {other}"),
    }
}

#[test]
fn schedules_equal_the_reference_s() {
    for row in json("numbers/schedules.json").as_array().unwrap() {
        let (steps, shift) = (count(&row["steps"]), row["shift"].as_f64().unwrap());
        let made = schedule(line(&row["schedule"]), steps, shift).unwrap();
        let at = format!("{} {steps} steps, shift {shift}", row["schedule"]);
        assert_eq!(made.sigmas, floats(&row["sigmas"]), "{at}");
        assert_eq!(made.timesteps, floats(&row["timesteps"]), "{at}");
        for (boundary, expected) in [875.0, 900.0].iter().zip(row["high"].as_array().unwrap()) {
            let high = made.timesteps.iter().filter(|t| *t >= boundary).count();
            assert_eq!(high, count(expected), "{at}: steps of the expert for high noise");
        }
    }
}

#[test]
fn samplers_walk_as_the_reference_does() {
    let walks = json("numbers/walks.json");
    for device in tests::tensor_devices() {
        for walk in walks.as_array().unwrap() {
            check(&device, walk);
        }
    }
}

fn check(device: &Device, walk: &Value) {
    let (tag, expected) = (walk["tag"].as_str().unwrap(), tensors("numbers/walks.safetensors"));
    let sigmas = floats(&walk["sigmas"]);
    let mut sampler: Box<dyn Sampler> = match walk["sampler"].as_str().unwrap() {
        "unipc" => Box::new(UniPc::default()),
        "dpmpp" => Box::new(DpmPlusPlus::default()),
        "euler" => Box::new(Euler),
        other => panic!("no sampler {other}"),
    };
    let timesteps = sigmas[..sigmas.len() - 1].iter().map(|sigma| 1000.0 * sigma).collect();
    let schedule = Schedule { sigmas, timesteps };
    let mut x = expected.tensor(&format!("{tag}.x0"), device);
    let steps: Vec<_> = schedule.steps_from(0).collect();
    assert_eq!(steps.len(), count(&walk["steps"]), "{tag}");
    for step in steps {
        let velocity = expected.tensor(&format!("{tag}.v{}", step.index), device);
        x = sampler.step(x, velocity, &step);
        let name = format!("{tag}.x{}", step.index + 1);
        compare(&name, &read(&x).unwrap(), expected.values(&name), WALK);
    }
}

/// The walks tell the samplers apart: Euler's steps along UniPC's velocities end elsewhere.
#[test]
fn walks_tell_samplers_apart() {
    let device = Device::flex();
    let expected = tensors("numbers/walks.safetensors");
    let tag = "unipc_shift5_n8";
    let schedule = schedule(Line::Diffusers, 8, 5.0).unwrap();
    let mut x = expected.tensor(&format!("{tag}.x0"), &device);
    for step in schedule.steps_from(0) {
        let velocity = expected.tensor(&format!("{tag}.v{}", step.index), &device);
        x = Euler.step(x, velocity, &step);
    }
    let apart = largest_difference(&read(&x).unwrap(), expected.values(&format!("{tag}.x8")));
    assert!(apart > 1e-2, "{apart}");
    assert!(given(&[0.9, 0.7, 0.45, 0.2], Line::Diffusers).is_ok());
}

//! Sigmas, timesteps and the first step that a denoise strength picks.

use crate::golden::{compare, count, floats, json};
use engine::pipelines::sampling::schedule::{Schedule, SchedulerConfig};

#[test]
fn schedules_match() {
    let numbers = json("numbers/schedule.json");
    let settings = |name: &str| -> SchedulerConfig {
        serde_json::from_value(numbers["settings"][name].clone()).unwrap()
    };
    let cases = numbers["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let config = settings(case["settings"].as_str().unwrap());
        let (steps, tokens) = (count(&case["steps"]), count(&case["tokens"]));
        let schedule = Schedule::new(&config, steps, tokens).unwrap();
        assert_eq!(schedule.len(), steps);
        let name = format!("{steps} steps for {tokens} tokens");
        // One f32 step below 1 and below 1000: libraries may differ in the last bit of an exponential.
        let (sigmas, timesteps) = (floats(&case["sigmas"]), floats(&case["timesteps"]));
        compare(&format!("{name}: sigmas"), &schedule.sigmas, &sigmas, 1.2e-7);
        compare(&format!("{name}: timesteps"), &schedule.timesteps, &timesteps, 1.3e-4);
    }
    let starts = numbers["start_steps"].as_array().unwrap();
    assert!(!starts.is_empty());
    for case in starts {
        let schedule = Schedule::new(&settings("base"), count(&case["steps"]), 256).unwrap();
        let first = schedule.first_step(case["strength"].as_f64().unwrap()).unwrap();
        assert_eq!(first, count(&case["start"]), "{case}");
    }
}

#[test]
fn the_built_in_lightning_settings_are_the_published_ones() {
    let numbers = json("numbers/schedule.json");
    let config: SchedulerConfig = serde_json::from_value(numbers["settings"]["lightning"].clone()).unwrap();
    assert_eq!(SchedulerConfig::lightning(), config);
}

//! Clips that go on from clips, exact sizes, plans for published models, and whatever is wrong with a clip that is given.

use crate::clips::{animate, frames, refused, wan};
use crate::program::Desk;
use engine::clip::{About, ClipWriter, Shape, Span, read_clip};
use engine::weights::probe::TensorList;
use engine::weights::probe::codec::{CodecShape, expected_codec};
use engine::weights::probe::wan_transformer::{WanTransformerShape, expected_wan_transformer};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;

#[test]
fn a_chain_of_three_holds_the_colours_of_the_first_and_carries_latents() {
    let desk = Desk::new();
    let first = animate(&desk, "ti2v", &["-o", "one.mp4", "--frames", "9", "--json"]).done().last("finished");
    assert_eq!(first["latents"], "one.mp4.latents", "{first}");
    assert!(first["drift"].is_null() && desk.path("one.mp4.latents").is_file(), "{first}");
    let on = |from: &str, name: &str, more: &[&str]| {
        let words = ["--continue", from, "-o", name, "--frames", "13", "--json"];
        animate(&desk, "ti2v", &[&words[..], more].concat()).done().last("finished")
    };
    let second = on("one.mp4", "two.mp4", &[]);
    let third = on("two.mp4", "three.apng", &["--overlap", "9"]);
    for (clip, carried, overlap) in [(&second, 1, 5), (&third, 2, 9)] {
        assert_eq!((&clip["carried"], &clip["overlap"]), (&carried.into(), &overlap.into()), "{clip}");
        let source = &clip["recipe"]["source"];
        assert_eq!((&source["held"], &source["latents"]), (&true.into(), &true.into()), "{source}");
        for number in ["join", "end", "free"] {
            assert!(clip["drift"][number].as_f64().is_some_and(|levels| levels >= 0.0), "{clip}");
        }
    }
    // The third clip still knows what the first one looked like.
    let anchor = &second["recipe"]["source"]["first"];
    assert!(anchor["mean"][0].is_number() && *anchor == third["recipe"]["source"]["first"], "{anchor}");
    let free = on("two.mp4", "free.apng", &["--no-anchor", "--no-latents"]);
    assert_eq!((&free["carried"], &free["recipe"]["source"]["held"]), (&0.into(), &false.into()), "{free}");
    assert!(free["latents"].is_null() && !desk.path("free.apng.latents").exists(), "{free}");
    let told = animate(&desk, "ti2v", &["--continue", "one.mp4", "-o", "told.gif", "--frames", "9"]).done();
    assert!(
        told.out.contains("levels off at the join") && told.out.contains("lie in told.gif.latents"),
        "{}",
        told.out
    );
    // What was made once is made again.
    desk.run(&["animate", "--from", "three.apng", "--device", "cpu", "-o", "again.apng"]).done();
    let read = |name: &str| read_clip(&desk.path(name), Span::First(99)).unwrap().frames;
    assert_eq!(read("three.apng"), read("again.apng"));
    // A clip that was exported anew is another one: its frames are taken.
    fs::copy(desk.path("one.mp4.latents"), desk.path("three.apng.latents")).unwrap();
    assert_eq!(on("three.apng", "four.apng", &[])["carried"], 0);
}

#[test]
fn a_loop_and_frames_in_a_folder_go_on_too() {
    let desk = Desk::new();
    let looped = &["--image", "picture.png", "--last", "picture.png", "-o", "loop/", "--json"];
    let looped = animate(&desk, "i2v", looped).done().last("finished");
    assert!(looped["seam"].as_f64().is_some(), "{looped}");
    assert_eq!(looped["latents"], "loop/rostrum.latents", "{looped}");
    let on = animate(&desk, "i2v", &["--continue", "loop", "-o", "on.webp", "--frames", "9", "--json"]);
    assert_eq!(on.done().last("finished")["carried"], 1);
    // Of six frames the last group of latents says nothing about the sixth.
    let six = animate(&desk, "t2v", &["-o", "six.apng", "--frames", "6", "--json"]).done().last("finished");
    assert!(six["latents"].is_null() && !desk.path("six.apng.latents").exists(), "{six}");
}

#[test]
fn a_clip_has_exactly_the_size_that_was_asked_for() {
    let desk = Desk::new();
    for (model, name, [width, height]) in [
        ("t2v", "a.apng", [41, 27]),
        ("ti2v", "b.webp", [33, 45]),
        ("t2v", "c.mp4", [50, 38]),
        ("t2v", "d/", [17, 16]),
    ] {
        let [across, down] = [width, height].map(|side: u32| side.to_string());
        let more = ["-o", name, "--width", &across, "--height", &down, "--json"];
        let finished = animate(&desk, model, &more).done().last("finished");
        assert_eq!((&finished["width"], &finished["height"]), (&width.into(), &height.into()), "{finished}");
        let clip = read_clip(&desk.path(name), Span::First(1)).unwrap();
        assert_eq!((clip.frames[0].width, clip.frames[0].height), (width, height), "{name}");
    }
    let more = ["--image", "picture.png", "-o", "e.apng", "--width", "50", "--height", "38", "--json"];
    assert_eq!(animate(&desk, "i2v", &more).done().last("finished")["height"], 38);
}

/// A clip of plain frames, at a rate of its own.
fn clip(desk: &Desk, name: &str, [width, height]: [u32; 2], frame_rate: u32) {
    let shape = Shape { width, height, frames: 5, frame_rate };
    let mut writer = ClipWriter::create(&desk.path(name), shape).unwrap();
    (0..5u8).for_each(|index| writer.frame(&vec![40 * index; (width * height * 4) as usize]).unwrap());
    writer.finish(&About::default()).unwrap();
}

#[test]
fn clips_with_impossible_rates_and_other_sizes_are_told_apart_from_good_ones() {
    let desk = Desk::new();
    clip(&desk, "good.mp4", [64, 48], 16);
    let bytes = fs::read(desk.path("good.mp4")).unwrap();
    let header = bytes.windows(4).position(|window| window == b"mdhd").unwrap();
    // Version and flags, two times, then the units of a second.
    let scale = header + 4 + 12;
    for (units, told) in
        [(0u32, "does not tell how fast it goes"), (u32::MAX, "does not tell how fast it goes")]
    {
        let mut wrong = bytes.clone();
        wrong[scale..scale + 4].copy_from_slice(&units.to_be_bytes());
        desk.write("wrong.mp4", &wrong);
        let answer = animate(&desk, "ti2v", &["--video", "wrong.mp4", "-o", "out.apng"]);
        if answer.status == Some(1) {
            let line = answer.failed();
            assert!(line.contains("wrong.mp4"), "{line}");
            continue;
        }
        let answer = answer.done();
        assert!(answer.out.contains(told) && answer.out.contains("24 per second"), "{}", answer.out);
    }
    // A rate that nothing can show, asked for and taken over.
    refused(&desk, "t2v", &["-o", "clip.gif", "--fps", "51"], "50 frames per second");
    clip(&desk, "fast.apng", [64, 48], 100);
    refused(&desk, "ti2v", &["--video", "fast.apng", "-o", "clip.gif"], "50 frames per second");
    for wrong in ["-1", "0", "1001", "nan", "1e3", "99999999999"] {
        let fps = format!("--fps={wrong}");
        assert_eq!(animate(&desk, "t2v", &[&fps]).status, Some(2), "{fps}");
    }
    // A last picture of another size but the same aspect is resampled; of another aspect it is refused.
    desk.draw("half.png", (25, 19), |_, _| [9, 9, 9, 255]);
    animate(&desk, "i2v", &["--image", "picture.png", "--last", "half.png"]).done();
    assert_eq!(frames(&desk, "clip.mp4"), 5);
    for (name, size) in [("wide.png", (100, 38)), ("flat.png", (50, 1)), ("dot.png", (1, 1))] {
        desk.draw(name, size, |_, _| [9, 9, 9, 255]);
        refused(&desk, "i2v", &["--image", "picture.png", "--last", name], "a clip has one shape");
    }
    // A clip of another size than the model's usual one goes on at its own.
    clip(&desk, "small.apng", [34, 30], 12);
    let on = animate_at_its_own_size(&desk, &["--continue", "small.apng", "-o", "on.apng"]);
    assert_eq!(
        (&on["width"], &on["height"], &on["frame_rate"]),
        (&34.into(), &30.into(), &12.into()),
        "{on}"
    );
    refused(&desk, "ti2v", &["--continue", "small.apng", "--overlap", "9"], "nothing left to draw");
}

fn animate_at_its_own_size(desk: &Desk, more: &[&str]) -> Value {
    let model = wan("ti2v");
    let words = ["animate", "--model", &model, "--prompt", "p", "--device", "cpu", "--steps", "2"];
    desk.run(&[&words[..], &["--frames", "9", "--json"], more].concat()).done().last("finished")
}

/// A file that has all tensors of a model and takes no room on disk: the numbers are a hole.
fn hollow(file: &Path, list: &TensorList, [dtype, bytes]: [&str; 2]) {
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in list {
        let start = end;
        end += shape.iter().product::<usize>() * bytes.parse::<usize>().unwrap();
        header.insert(name.clone(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] }));
    }
    let header = Value::Object(header).to_string();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut open = fs::File::create(file).unwrap();
    open.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    open.write_all(header.as_bytes()).unwrap();
    open.set_len((8 + header.len() + end) as u64).unwrap();
}

/// A folder with the tables of a published Wan 2.2 A14B and nothing in them.
fn published(folder: &Path, inputs: usize) {
    crate::program::copy_folder(Path::new(&wan("t2v")), folder);
    let bf16 = ["BF16", "2"];
    let shape = WanTransformerShape { in_channels: inputs, ..WanTransformerShape::default() };
    for part in ["transformer", "transformer_2"] {
        hollow(
            &folder.join(part).join("diffusion_pytorch_model.safetensors"),
            &expected_wan_transformer(&shape),
            bf16,
        );
        let config =
            json!({ "_class_name": "WanTransformer3DModel", "in_channels": inputs, "out_channels": 16 });
        fs::write(folder.join(part).join("config.json"), config.to_string()).unwrap();
    }
    hollow(
        &folder.join("vae/diffusion_pytorch_model.safetensors"),
        &expected_codec(&CodecShape::default()),
        ["F32", "4"],
    );
    let mut codec: Value =
        serde_json::from_slice(&fs::read(folder.join("vae/config.json")).unwrap()).unwrap();
    codec["base_dim"] = 96.into();
    fs::write(folder.join("vae/config.json"), codec.to_string()).unwrap();
    // What reads the prompt decides nothing.
    for part in ["text_encoder", "tokenizer"] {
        fs::remove_dir_all(folder.join(part)).unwrap();
    }
}

#[test]
fn the_published_model_is_planned_for_cards_of_all_sizes() {
    let desk = Desk::new();
    published(&desk.path("a14b"), 16);
    let plan = |more: &[&str]| {
        let size = if more.contains(&"--width") { &[][..] } else { &["--width", "1280", "--height", "720"] };
        desk.run(&[&["animate", "--model", "a14b", "--plan"][..], size, more].concat()).done()
    };
    let told = plan(&[]).out;
    println!("{told}");
    assert!(told.starts_with("81 frames of 1280 x 720 pixels:"), "{told}");
    let plans = plan(&["--json"]).events();
    let gib = |plan: &Value, key: &str| plan[key].as_f64().unwrap() / f64::from(1 << 30);
    for plan in &plans {
        let (card, needed) = (gib(plan, "card_bytes"), gib(plan, "needed_bytes"));
        assert_eq!(plan["fits"], needed <= card, "{plan}");
        let is_told =
            ["fitting_frames", "fitting_width", "fitting_height"].iter().all(|key| plan[key].is_u64());
        assert_eq!(is_told, plan["fits"] == false, "{plan}");
    }
    // More memory, more blocks that stay.
    let kept: Vec<u64> = plans.iter().map(|plan| plan["blocks_kept"].as_u64().unwrap()).collect();
    assert!(kept.is_sorted() && kept[2] > 0 && kept[3] < 40, "{kept:?}");
    assert!(plans.iter().all(|plan| plan["fits"] == true), "{plans:?}");
    // What is said to fit does.
    let small = plan(&["--memory", "5G", "--json"]).events().remove(0);
    assert_eq!(small["fits"], false, "{small}");
    let [frames, width, height] =
        ["fitting_frames", "fitting_width", "fitting_height"].map(|key| small[key].to_string());
    for more in [&["--frames", &frames][..], &["--width", &width, "--height", &height]] {
        let fits = plan(&[&["--memory", "5G", "--json"][..], more].concat()).events().remove(0);
        assert_eq!(fits["fits"], true, "{more:?}: {fits}");
    }
    let words = plan(&["--memory", "5G"]).out;
    assert!(
        words.contains("too small")
            && words.contains(&format!("{width} x {height} pixels or {frames} frames would fit")),
        "{words}"
    );
}

//! What the probe says about whole models, parts of them, and files that are something else.

use crate::drafts::{Draft, Folder, f32s, file, zeros};
use engine::weights::probe::{
    Component, Family, Probe, Role, Source, State, TensorList,
    codec::{CodecShape, expected_codec},
    probe,
    text_encoder::{TextEncoderShape, VisionShape, expected_text_encoder},
    transformer::{TransformerShape, expected_transformer},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

fn transformer() -> TransformerShape {
    TransformerShape {
        num_layers: 2,
        attention_head_dim: 4,
        num_attention_heads: 2,
        joint_attention_dim: 6,
        ..TransformerShape::default()
    }
}

fn text_encoder() -> TextEncoderShape {
    let vision = VisionShape {
        depth: 2,
        hidden_size: 8,
        intermediate_size: 5,
        out_hidden_size: 6,
        ..VisionShape::default()
    };
    TextEncoderShape {
        vocab_size: 10,
        hidden_size: 6,
        intermediate_size: 7,
        num_hidden_layers: 2,
        query_width: 8,
        key_width: 4,
        vision,
    }
}

fn codec() -> CodecShape {
    CodecShape { base_dim: 2, z_dim: 3, ..CodecShape::default() }
}

const TRANSFORMER: &str = "transformer/diffusion_pytorch_model.safetensors";
const TEXT_ENCODER: &str = "text_encoder/model.safetensors";
const CODEC: &str = "vae/diffusion_pytorch_model.safetensors";

fn write_json(folder: &Folder, name: &str, value: &Value) {
    folder.write(name, value.to_string());
}

/// A complete diffusers folder of tiny measures.
fn model(class: &str) -> Folder {
    let folder = Folder::new();
    let mut index = json!({ "_class_name": class, "_diffusers_version": "0.42.1" });
    for (role, class) in [
        ("transformer", "QwenImageTransformer2DModel"),
        ("text_encoder", "Qwen2_5_VLForConditionalGeneration"),
        ("vae", "AutoencoderKLQwenImage"),
        ("tokenizer", "Qwen2Tokenizer"),
        ("scheduler", "FlowMatchEulerDiscreteScheduler"),
    ] {
        index[role] = json!(["library", class]);
    }
    write_json(&folder, "model_index.json", &index);
    zeros(&folder.path().join(TRANSFORMER), &expected_transformer(&transformer()));
    zeros(&folder.path().join(TEXT_ENCODER), &expected_text_encoder(&text_encoder()));
    zeros(&folder.path().join(CODEC), &expected_codec(&codec()));
    write_json(
        &folder,
        "transformer/config.json",
        &json!({ "_class_name": "QwenImageTransformer2DModel", "num_layers": 2, "attention_head_dim": 4,
            "num_attention_heads": 2, "joint_attention_dim": 6, "pooled_projection_dim": 768 }),
    );
    write_json(
        &folder,
        "text_encoder/config.json",
        &json!({ "architectures": ["Qwen2_5_VLForConditionalGeneration"],
            "vocab_size": 10, "hidden_size": 6, "intermediate_size": 7, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4, "vision_config": { "depth": 2,
            "hidden_size": 8, "intermediate_size": 5, "out_hidden_size": 6, "in_chans": 3 } }),
    );
    write_json(
        &folder,
        "vae/config.json",
        &json!({ "_class_name": "AutoencoderKLQwenImage", "base_dim": 2, "z_dim": 3 }),
    );
    folder.write("tokenizer/vocab.json", "{}");
    folder.write("tokenizer/merges.txt", "");
    folder.write("scheduler/scheduler_config.json", "{}");
    folder.write("processor/preprocessor_config.json", "{}");
    folder
}

fn ask(path: &Path) -> Probe {
    probe(path).expect("an answer")
}

fn part(probe: &Probe, role: Role) -> &Component {
    probe.components.iter().find(|c| c.role == role).expect("the component")
}

/// Rewrites a tensor list on disk.
fn rewrite(folder: &Folder, name: &str, list: TensorList, change: impl FnOnce(&mut TensorList)) {
    let mut list = list;
    change(&mut list);
    zeros(&folder.path().join(name), &list);
}

#[test]
fn whole_models_are_complete_and_named() {
    for (class, family) in [
        ("QwenImagePipeline", Family::QwenImage),
        ("QwenImageImg2ImgPipeline", Family::QwenImage),
        ("QwenImageInpaintPipeline", Family::QwenImage),
        ("QwenImageEditPipeline", Family::QwenImageEdit),
        ("QwenImageEditPlusPipeline", Family::QwenImageEditPlus),
    ] {
        let folder = model(class);
        let answer = ask(folder.path());
        assert!(answer.complete, "{answer}");
        assert_eq!((answer.family, answer.source), (family, Source::Pipeline));
        assert_eq!(answer.summary, format!("{} ({class}), complete.", family.title()));
        for role in [Role::Transformer, Role::TextEncoder, Role::Vae] {
            let component = part(&answer, role);
            assert_eq!(component.state, State::Right, "{answer}");
            assert_eq!(component.bytes, 2 * component.parameters);
            assert_eq!(component.formats.iter().map(|f| f.format.as_str()).collect::<Vec<_>>(), ["BF16"]);
        }
        let text = serde_json::to_string(&answer).expect("serialises");
        assert!(text.contains(r#""role":"text_encoder","state":"right""#), "{text}");
    }
}

#[test]
fn other_families_are_counted_but_not_compared() {
    let unknown = ask(model("FluxPipeline").path());
    assert_eq!((unknown.family, unknown.complete), (Family::Unknown, false));
    assert_eq!(part(&unknown, Role::Transformer).state, State::Present);
    assert!(unknown.summary.contains("FluxPipeline"), "{unknown}");
}

/// A copy of one of the tiny checkpoints, to take parts away from.
fn video(checkpoint: &str) -> tempfile::TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/wan").join(checkpoint);
    let copy = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(&source).expect("the golden checkpoint").flatten() {
        let to = copy.path().join(entry.file_name());
        if entry.path().is_file() {
            fs::copy(entry.path(), to).expect("copied");
            continue;
        }
        fs::create_dir(&to).expect("made");
        for file in fs::read_dir(entry.path()).expect("a part").flatten() {
            fs::copy(file.path(), to.join(file.file_name())).expect("copied");
        }
    }
    copy
}

#[test]
fn video_models_are_recognised_and_compared_both_experts_included() {
    for (checkpoint, family, experts, words) in [
        ("t2v", Family::WanText, true, "from timestep 1000 down to 875, transformer_2 the rest"),
        ("i2v", Family::WanImage, true, "from timestep 1000 down to 900, transformer_2 the rest"),
        ("ti2v", Family::WanTextImage, false, "Wan 2.2 text-and-image-to-video"),
    ] {
        let folder = video(checkpoint);
        let answer = ask(folder.path());
        assert_eq!((answer.family, answer.complete), (family, true), "{answer}");
        for role in [Role::Transformer, Role::TextEncoder, Role::Vae] {
            assert_eq!(part(&answer, role).state, State::Right, "{answer}");
        }
        let second = answer.components.iter().find(|c| c.role == Role::SecondTransformer);
        assert_eq!(second.map(|c| c.state), experts.then_some(State::Right), "{answer}");
        assert!(answer.to_string().contains(words), "{answer}");
        fs::remove_file(folder.path().join("model_index.json")).expect("was there");
        let answer = ask(folder.path());
        assert!(!answer.complete && answer.summary.contains("without its model_index.json"), "{answer}");
        assert_eq!(part(&answer, Role::Transformer).state, State::Right, "{answer}");
    }
}

#[test]
fn what_a_video_model_lacks_is_named() {
    let folder = video("i2v");
    fs::remove_dir_all(folder.path().join("transformer_2")).expect("was there");
    fs::remove_dir_all(folder.path().join("text_encoder")).expect("was there");
    let answer = ask(folder.path());
    assert!(!answer.complete);
    let end = "the second transformer (the expert for low noise) and the text encoder are missing.";
    assert!(answer.summary.ends_with(end), "{answer}");
    // The codec of another kind in its place.
    fs::remove_dir_all(folder.path().join("vae")).expect("was there");
    fs::rename(video("ti2v").path().join("vae"), folder.path().join("vae")).expect("moved");
    let config = folder.path().join("vae/config.json");
    let text = fs::read_to_string(&config)
        .expect("was there")
        .replace("\"is_residual\": true", "\"is_residual\": false");
    fs::write(&config, text).expect("written");
    let answer = ask(folder.path());
    assert_eq!(part(&answer, Role::Vae).state, State::Wrong, "{answer}");
    let single = ask(&folder.path().join("transformer"));
    assert!(single.summary.starts_with("This is the transformer of a Wan video model"), "{single}");
}

#[test]
fn missing_parts_are_named() {
    let folder = model("QwenImageEditPlusPipeline");
    for part in ["transformer", "tokenizer", "processor"] {
        fs::remove_dir_all(folder.path().join(part)).expect("was there");
    }
    let answer = ask(folder.path());
    assert!(!answer.complete);
    let end = "the transformer, the tokenizer and the processor are missing.";
    assert!(answer.summary.ends_with(end), "{answer}");
    fs::remove_file(folder.path().join("vae/config.json")).expect("was there");
    let answer = ask(folder.path());
    assert_eq!(part(&answer, Role::Vae).state, State::Unreadable);
    assert!(answer.to_string().contains("vae/config.json"), "{answer}");
}

#[test]
fn a_processor_is_not_needed_to_run() {
    let folder = model("QwenImageEditPlusPipeline");
    fs::remove_dir_all(folder.path().join("processor")).expect("was there");
    let answer = ask(folder.path());
    assert_eq!(part(&answer, Role::Processor).state, State::Missing);
    assert!(answer.complete);
}

#[test]
fn shapes_and_names_are_compared_with_the_config() {
    let folder = model("QwenImagePipeline");
    rewrite(&folder, TRANSFORMER, expected_transformer(&transformer()), |list| {
        list.retain(|(name, _)| !name.contains("blocks.1.attn.norm"));
        list.push(("controlnet_x_embedder.weight".to_owned(), vec![2]));
        let img_in = list.iter_mut().find(|(name, _)| name == "img_in.weight").expect("in the list");
        img_in.1 = vec![8, 128];
    });
    let answer = ask(folder.path());
    let component = part(&answer, Role::Transformer);
    assert_eq!(component.state, State::Wrong);
    assert_eq!((component.missing.count, component.misshapen.count, component.unexpected.count), (4, 1, 1));
    let text = answer.to_string();
    assert!(text.contains("transformer: `img_in.weight` has the shape 8 × 128, expected 8 × 64"), "{text}");
    assert!(text.contains("4 tensors are missing: `transformer_blocks.1.attn.norm_q.weight`, "), "{text}");
    assert!(text.contains("1 tensor is not part of the model: `controlnet_x_embedder.weight`"), "{text}");
    assert!(answer.summary.ends_with("the transformer is wrong."), "{}", answer.summary);
}

#[test]
fn other_networks_and_absurd_configs_are_named() {
    let folder = model("QwenImagePipeline");
    write_json(&folder, "transformer/config.json", &json!({ "_class_name": "WanTransformer3DModel" }));
    write_json(
        &folder,
        "vae/config.json",
        &json!({ "_class_name": "AutoencoderKLQwenImage", "base_dim": 1_u64 << 60 }),
    );
    folder.write("text_encoder/model.safetensors", b"PK\x03\x04");
    let answer = ask(folder.path());
    let text = answer.to_string();
    assert!(
        text.contains("it is a WanTransformer3DModel, and a QwenImageTransformer2DModel is needed"),
        "{text}"
    );
    assert!(text.contains("vae: `base_dim` is 1152921504606846976"), "{text}");
    assert_eq!(part(&answer, Role::TextEncoder).state, State::Unreadable);
    assert!(text.contains("text_encoder: ") && text.contains("pickle"), "{text}");
}

#[test]
fn the_word_head_may_be_absent_and_both_spellings_count() {
    let folder = model("QwenImagePipeline");
    rewrite(&folder, TEXT_ENCODER, expected_text_encoder(&text_encoder()), |list| {
        list.retain(|(name, _)| name != "lm_head.weight");
        for (name, _) in list.iter_mut() {
            *name = match name.strip_prefix("model.") {
                Some(rest) => format!("model.language_model.{rest}"),
                None => format!("model.{name}"),
            };
        }
    });
    assert!(ask(folder.path()).complete);
}

#[test]
fn unsupported_formats_matter_where_the_model_looks() {
    let folder = model("QwenImagePipeline");
    let codec = |format, size: usize| {
        let tensors = expected_codec(&codec()).into_iter().map(|(name, shape)| {
            let bytes = vec![0; size * shape.iter().product::<usize>()];
            Draft { name, format, shape, bytes }
        });
        let step = Draft { name: "step".into(), format: "I64", shape: vec![1], bytes: vec![0; 8] };
        file(&tensors.chain([step]).collect::<Vec<_>>())
    };
    folder.write(CODEC, codec("F16", 2));
    let answer = ask(folder.path());
    assert!(answer.complete, "a counter that is not part of the model does no harm: {answer}");
    folder.write(CODEC, codec("F8_E4M3", 1));
    let answer = ask(folder.path());
    assert_eq!(part(&answer, Role::Vae).state, State::Unsupported);
    let words = "stored as F8_E4M3, and this format is not supported yet";
    assert!(answer.to_string().contains(words), "{answer}");
    assert!(!answer.complete);
}

#[test]
fn variants_are_told_from_config_and_marker() {
    let folder = model("QwenImageEditPlusPipeline");
    let config = folder.path().join("transformer/config.json");
    let text = fs::read_to_string(&config).expect("was written");
    fs::write(&config, text.replacen('{', r#"{"zero_cond_t": true, "use_layer3d_rope": true, "#, 1))
        .expect("a file");
    let features = ask(folder.path()).features;
    assert!(features.zero_cond_t && features.layer3d_rope && !features.additional_t_cond);

    let single = folder.path().join("single.safetensors");
    let marked = TransformerShape { use_additional_t_cond: true, ..transformer() };
    let mut list = expected_transformer(&marked);
    list.push(("__index_timestep_zero__".to_owned(), vec![0]));
    list.iter_mut().for_each(|(name, _)| *name = format!("model.diffusion_model.{name}"));
    zeros(&single, &list);
    let answer = ask(&single);
    assert!(answer.features.zero_cond_t && answer.features.additional_t_cond, "{answer}");
    assert_eq!(answer.family, Family::QwenImageLayered);
    assert_eq!(answer.components[0].state, State::Right, "{answer}");
}

#[test]
fn lone_components_say_what_they_are_and_what_is_missing() {
    let folder = Folder::new();
    let path = folder.path().join("qwen_2.5_vl_7b.safetensors");
    zeros(&path, &expected_text_encoder(&text_encoder()));
    let answer = ask(&path);
    assert_eq!(answer.source, Source::File);
    assert_eq!(answer.components[0].state, State::Right, "{answer}");
    let begin = "This is the text encoder of Qwen-Image (Qwen2.5-VL); the transformer, the VAE";
    assert!(answer.summary.starts_with(begin), "{answer}");

    let whole = model("QwenImagePipeline");
    let inside = ask(&whole.path().join("vae"));
    assert_eq!(inside.source, Source::ComponentFolder);
    assert!(inside.summary.contains("part of the folder above"), "{inside}");

    let path = folder.write("lora.safetensors", file(&[f32s("a.lora_down.weight", &[1], &[1.0])]));
    let other = ask(&path);
    assert_eq!((other.family, other.components[0].role), (Family::Unknown, Role::Unknown));
    let empty = probe(Folder::new().path()).expect_err("nothing there").to_string();
    assert!(empty.contains("holds no weights"), "{empty}");
}

#[test]
fn a_folder_without_its_index_is_still_told_by_its_parts() {
    let folder = model("QwenImagePipeline");
    fs::remove_file(folder.path().join("model_index.json")).expect("was there");
    fs::remove_dir_all(folder.path().join("text_encoder")).expect("was there");
    let answer = ask(folder.path());
    assert_eq!((answer.family, answer.complete), (Family::QwenImage, false));
    assert_eq!(answer.summary, "Qwen-Image without its model_index.json; the text encoder is missing.");
}

/// The name that Wan's authors gave to a tensor of the codec, from its diffusers name.
fn original_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let residual = |rest: &str| {
        rest.replace("norm1", "residual.0")
            .replace("conv1", "residual.2")
            .replace("norm2", "residual.3")
            .replace("conv2", "residual.6")
            .replace("conv_shortcut", "shortcut")
    };
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match parts.as_slice() {
        ["quant_conv", end] => format!("conv1.{end}"),
        ["post_quant_conv", end] => format!("conv2.{end}"),
        [tower, "conv_in", end] => format!("{tower}.conv1.{end}"),
        [tower, "norm_out", end] => format!("{tower}.head.0.{end}"),
        [tower, "conv_out", end] => format!("{tower}.head.2.{end}"),
        [tower, "mid_block", "attentions", "0", rest @ ..] => format!("{tower}.middle.1.{}", rest.join(".")),
        [tower, "mid_block", "resnets", n, rest @ ..] => {
            format!("{tower}.middle.{}.{}", 2 * number(n), residual(&rest.join(".")))
        }
        [tower, "down_blocks", n, rest @ ..] => {
            format!("{tower}.downsamples.{n}.{}", residual(&rest.join(".")))
        }
        [tower, "up_blocks", stage, "resnets", n, rest @ ..] => {
            format!("{tower}.upsamples.{}.{}", 4 * number(stage) + number(n), residual(&rest.join(".")))
        }
        [tower, "up_blocks", stage, "upsamplers", "0", rest @ ..] => {
            format!("{tower}.upsamples.{}.{}", 4 * number(stage) + 3, rest.join("."))
        }
        _ => panic!("{name} has no other name"),
    }
}

#[test]
fn the_codec_is_known_under_its_authors_names() {
    let folder = Folder::new();
    let path = folder.path().join("qwen_image_vae.safetensors");
    let list = expected_codec(&CodecShape::default());
    zeros(&path, &list.into_iter().map(|(name, shape)| (original_name(&name), shape)).collect());
    let answer = ask(&path);
    assert_eq!(answer.components[0].state, State::Right, "{answer}");
    assert!(answer.summary.starts_with("This is the VAE of Qwen-Image"), "{answer}");
}

#[test]
fn models_of_real_size_are_probed_without_reading_them() {
    let folder = Folder::new();
    let path = folder.path().join("qwen_image_edit_2511_bf16.safetensors");
    zeros(&path, &expected_transformer(&TransformerShape::default()));
    let answer = ask(&path);
    let component = &answer.components[0];
    assert_eq!(component.state, State::Right, "{answer}");
    assert_eq!((component.parameters, component.bytes), (20_430_401_088, 40_860_802_176));
    assert!(answer.to_string().contains("20.43 B parameters, 40.86 GB, BF16"), "{answer}");
}

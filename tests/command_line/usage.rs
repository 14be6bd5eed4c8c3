//! Help, and wrong usage: status 0 and 2.

use crate::program::Desk;

const EDIT: &str = "edit --model m --image a.png --prompt p -o out.png";
const GENERATE: &str = "generate --model m --prompt p -o out.png";

fn split(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn without_arguments_it_says_what_it_can_do() {
    let answer = Desk::new().run(&[]).done();
    for command in ["generate", "edit", "models", "selftest", "bench"] {
        assert!(answer.out.contains(command), "{command}");
    }
}

#[test]
fn every_command_has_help_that_names_its_options() {
    let desk = Desk::new();
    let common = [
        "--device",
        "--memory",
        "--noise",
        "--dump",
        "--json",
        "--quality",
        "--seed",
        "--steps",
        "--guidance",
    ];
    for (line, options) in [
        (
            "generate --help",
            [&common[..], &["--width", "--height", "--negative", "--from", "--output"]].concat(),
        ),
        (
            "edit --help",
            [&common[..], &["--image", "--ref", "--mask", "--grow", "--feather", "--context", "--strength"]]
                .concat(),
        ),
        (
            "edit --help",
            vec!["--expand", "--work-size", "--no-register", "--from", "--negative", "Exit status"],
        ),
        ("models --help", vec!["list", "inspect", "scan", "verify"]),
        ("models list --help", vec!["--json"]),
        ("models inspect --help", vec!["--json", "MODEL"]),
        ("models scan --help", vec!["--json", "FOLDERS"]),
        ("models verify --help", vec!["--json", "MODEL"]),
        ("selftest --help", vec!["--device", "--json"]),
        ("bench --help", vec!["kernels"]),
        ("bench kernels --help", vec!["--device", "--json"]),
        ("--version", vec!["rostrum"]),
    ] {
        let answer = desk.run(&split(line)).done();
        for option in options {
            assert!(answer.out.contains(option), "`{line}` does not speak of {option}");
        }
    }
}

#[test]
fn wrong_usage_ends_with_status_2_and_does_nothing() {
    let desk = Desk::new();
    let before = desk.names();
    let numbers = [
        "--steps 0",
        "--steps 1001",
        "--steps x",
        "--guidance -1",
        "--guidance NaN",
        "--guidance inf",
        "--strength 0",
        "--strength 1.01",
        "--strength NaN",
        "--seed -1",
        "--seed 18446744073709551616",
        "--device cuda",
        "--device gpu:x",
        "--memory 0",
        "--memory 8X",
        "--expand 1,2,3",
        "--expand -1,0,0,0",
        "--work-size 64",
        "--work-size 0x64",
        "--context -1",
        "--quality great",
        "--feather -1",
    ];
    let mut lines: Vec<String> = numbers.iter().map(|number| format!("{EDIT} {number}")).collect();
    lines
        .extend(["--width 0 --height 8", "--width 8", "--height 8"].map(|size| format!("{GENERATE} {size}")));
    let others = [
        "paint",
        "edit",
        "generate --model m",
        "edit --model m --prompt p -o out.png",
        "models",
        "models eat",
        "bench",
    ];
    lines.extend(others.map(str::to_owned));
    for line in lines {
        let answer = desk.run(&split(&line));
        assert_eq!((answer.status, answer.out.as_str()), (Some(2), ""), "`{line}`: {}", answer.err);
        assert!(!answer.err.is_empty(), "`{line}` says nothing");
    }
    assert_eq!(desk.names(), before);
}

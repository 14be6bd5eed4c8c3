//! Finished clips in a real browser: a page with a `<video>` plays them, looks at single frames, and tells what it saw.
//! Page, clips and answers go over the loopback device; nothing else is asked. Left out, with a note, where no Chromium is.

use crate::bars::{self, HEIGHT, WIDTH};
use engine::clip::About;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser that has not told anything by then never will.
const PATIENCE: Duration = Duration::from_secs(90);

const FRAMES: u32 = 33;
const RATE: u32 = 16;

/// Looks at the middle of these frames.
const LOOKED_AT: [u32; 3] = [0, 17, 32];

/// Plays every clip of `CLIPS`, one after the other.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><body><script>
const heard = (what, name) => new Promise((done, failed) => {
  what.addEventListener(name, done, { once: true });
  what.addEventListener('error', () => failed(what.error ? what.error.message : 'not shown'), { once: true });
});
const mean = (what, width, height) => {
  const canvas = document.createElement('canvas');
  canvas.width = width; canvas.height = height;
  const pen = canvas.getContext('2d');
  pen.drawImage(what, 0, 0);
  const data = pen.getImageData(0, 0, width, height).data, sum = [0, 0, 0];
  for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4] += data[i];
  return sum.map(all => all * 4 / data.length);
};
const film = async name => {
  const video = document.createElement('video');
  video.muted = true; video.preload = 'auto'; video.src = name;
  document.body.append(video);
  await heard(video, 'loadeddata');
  const told = { duration: video.duration, width: video.videoWidth, height: video.videoHeight, means: [] };
  for (const frame of LOOKED_AT) {
    const seeked = heard(video, 'seeked');
    video.currentTime = (frame + 0.5) / RATE;
    await seeked;
    told.means.push(mean(video, video.videoWidth, video.videoHeight));
  }
  video.currentTime = 0;
  const ended = heard(video, 'ended');
  await video.play();
  await ended;
  return { ...told, ended: video.currentTime };
};
const still = async name => {
  const image = document.createElement('img');
  image.src = name;
  document.body.append(image);
  await heard(image, 'load');
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  return { width, height, means: [mean(image, width, height)] };
};
(async () => {
  const all = {};
  for (const name of CLIPS) {
    try { all[name] = await (/mp4|webm/.test(name) ? film(name) : still(name)); }
    catch (error) { all[name] = { error: String(error) }; }
  }
  await fetch('told', { method: 'POST', body: JSON.stringify(all) });
})();
</script></body>"#;

/// Ends with the test, whatever happens in it.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn open(program: &str, profile: &Path, address: &str) -> Option<Browser> {
    let mut command = Command::new(program);
    // The sandbox needs rights that a container does not give; what is shown here is ours.
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg("--autoplay-policy=no-user-gesture-required");
    command.arg(format!("--user-data-dir={}", profile.display())).arg(address);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().ok().map(Browser)
}

/// Answers one connection: the page, a clip or a part of it; what the page tells goes to `told`.
fn answer(mut stream: TcpStream, folder: &Path, page: &str, told: &SyncSender<String>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    lines.read_line(&mut first).ok()?;
    let (mut range, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("range: bytes=") {
            let (start, end) = text.split_once('-')?;
            range = Some([start.parse::<usize>().ok()?, end.parse().unwrap_or(usize::MAX - 1)]);
        }
        length = line.strip_prefix("content-length: ").and_then(|text| text.parse().ok()).unwrap_or(length);
    }
    let path = first.split(' ').nth(1)?.trim_start_matches('/');
    let (kind, content) = match path {
        "told" => {
            let mut body = vec![0; length];
            lines.read_exact(&mut body).ok()?;
            told.send(String::from_utf8(body).ok()?).ok()?;
            ("text/plain", Vec::new())
        }
        "" => ("text/html", page.as_bytes().to_vec()),
        name => {
            let kind = match name.rsplit('.').next()? {
                "mp4" => "video/mp4",
                "webm" => "video/webm",
                "gif" => "image/gif",
                "apng" => "image/png",
                _ => "image/webp",
            };
            (kind, std::fs::read(folder.join(name)).unwrap_or_default())
        }
    };
    let whole = content.len();
    let (status, part, more) = match range {
        Some([start, end]) if start < whole => {
            let end = (end + 1).min(whole);
            let more = format!("Content-Range: bytes {start}-{}/{whole}\r\n", end - 1);
            ("206 Partial Content", &content[start..end], more)
        }
        _ => ("200 OK", &content[..], String::new()),
    };
    let length = part.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nAccept-Ranges: bytes\r\n{more}Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(part).ok()
}

fn mean(rgba: &[u8]) -> [f64; 3] {
    let channel = |index: usize| {
        let values = rgba.iter().skip(index).step_by(4);
        values.map(|value| f64::from(*value)).sum::<f64>() / f64::from(WIDTH * HEIGHT)
    };
    [channel(0), channel(1), channel(2)]
}

#[test]
fn a_video_element_plays_what_was_written() {
    let quiet = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
    let Some(browser) = BROWSERS.iter().find(quiet) else {
        println!("left out: there is no Chromium on this machine");
        return;
    };
    let (folder, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut names = vec!["clip.mp4", "clip.gif", "clip.apng", "clip.webp"];
    if Command::new("ffmpeg").arg("-version").output().is_ok() {
        names.push("clip.webm");
    }
    for name in &names {
        bars::write(&folder.path().join(name), FRAMES, RATE, &About::default());
    }
    let page = PAGE
        .replace("CLIPS", &serde_json::to_string(&names).unwrap())
        .replace("LOOKED_AT", &format!("{LOOKED_AT:?}"))
        .replace("RATE", &RATE.to_string());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    // The page tells once; a browser that told again would wait for the end of the test.
    let (told, heard) = sync_channel(1);
    let clips = folder.path().to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &clips, &page, &told);
        }
    });
    let _browser = open(browser, profile.path(), &address).expect("the browser starts");
    let told = heard.recv_timeout(PATIENCE).expect("the page tells what it saw");
    println!("{browser}: {told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    for name in names {
        check(name, &told[name]);
    }
}

fn check(name: &str, told: &Value) {
    assert_eq!(told["error"], Value::Null, "{name}: {told}");
    assert_eq!((&told["width"], &told["height"]), (&WIDTH.into(), &HEIGHT.into()), "{name}");
    let is_film = told["duration"].is_number();
    if is_film {
        let seconds = f64::from(FRAMES) / f64::from(RATE);
        for what in ["duration", "ended"] {
            let off = (told[what].as_f64().unwrap() - seconds).abs();
            assert!(off < 0.5 / f64::from(RATE), "{name}: {what} is off by {off} s");
        }
    }
    let looked_at = if is_film { &LOOKED_AT[..] } else { &LOOKED_AT[..1] };
    for (place, index) in looked_at.iter().enumerate() {
        for (channel, wanted) in mean(&bars::frame(*index)).into_iter().enumerate() {
            let got = told["means"][place][channel].as_f64().unwrap();
            assert!((got - wanted).abs() < 3.0, "{name}, frame {index}: {got} in place of {wanted}");
        }
    }
}

#!/usr/bin/env python3
"""Golden data for tests/picture.rs: noise, resampling, sizes, colour and picture files, from the reference libraries.

    python tests/golden/picture.py            (from the repository; writes tests/golden/picture/)

Needs torch, torchvision, transformers, diffusers and Pillow on an x86-64 processor with AVX2 (PyTorch's noise and its
resampling of bytes take other paths elsewhere). Sources are made by a small generator that the Rust test repeats;
long results are stored as FNV-1a hashes of their bytes, so one wrong bit fails, and short ones in full.
"""

import io
import json
import math
import struct
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import transformers
import diffusers
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_dimensions
from PIL import Image, ImageOps, PngImagePlugin
from torchvision.transforms.v2 import functional as tvF
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

HERE = Path(__file__).resolve().parent / "picture"
FILES = HERE / "files"
torch.set_num_threads(1)


def fnv(data: bytes) -> str:
    """FNV-1a, 64 bits, in hexadecimal."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def bytes_from(seed: int, count: int) -> np.ndarray:
    """The upper bytes of a linear congruential generator (Numerical Recipes)."""
    out = np.empty(count, np.uint8)
    state = seed
    for index in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[index] = state >> 24
    return out


def source(seed, width, height, channels):
    data = bytes_from(seed, width * height * channels)
    return data.reshape((height, width) if channels == 1 else (height, width, channels))


def result(array: np.ndarray, keep: int = 256) -> dict:
    data = np.ascontiguousarray(array).tobytes()
    entry = {"fnv": fnv(data)}
    if len(data) <= keep:
        entry["bytes"] = data.hex()
    return entry


# --- noise ------------------------------------------------------------------------------------------------------------


def noise_entry(seed, shapes):
    generator = torch.Generator().manual_seed(seed)
    draws = [torch.randn(shape, generator=generator, dtype=torch.float32).flatten().numpy() for shape in shapes]
    return {
        "seed": seed,
        "counts": [int(np.prod(shape)) for shape in shapes],
        "fnv": [fnv(draw.tobytes()) for draw in draws],
        "first": [int(value) for value in draws[0][:4].view(np.uint32)],
    }


def noise():
    entries = []
    for seed in [0, 1, 42, 1234, 2**32 - 1, 2**40 + 7]:
        for count in [*range(1, 41), 1000, 1001, 12345, 65536]:
            entries.append(noise_entry(seed, [(count,)]))
        # One generator, draws of all kinds: odd short ones leave half a pair for the next short one.
        entries.append(noise_entry(seed, [(n,) for n in [5, 17, 3, 16, 1, 40, 15, 15, 33, 7, 1000, 1]]))
        # What the pipelines draw: [1, 1, 16, H/8, W/8], and a posterior sample before it.
        entries.append(noise_entry(seed, [(1, 16, 1, 12, 17), (1, 1, 16, 12, 17)]))
        entries.append(noise_entry(seed, [(1, 1, 16, 104, 77)]))
    return entries


# --- resampling -------------------------------------------------------------------------------------------------------

PILLOW = {"lanczos": Image.LANCZOS, "bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
SIZES = [
    ((37, 23), (13, 7)),
    ((37, 23), (64, 48)),
    ((7, 5), (9, 3)),
    ((5, 7), (5, 14)),
    ((5, 7), (11, 7)),
    ((1, 17), (3, 5)),
    ((17, 1), (5, 3)),
    ((1, 1), (6, 4)),
    ((9, 8), (1, 1)),
    ((9, 8), (1, 8)),
    ((203, 151), (32, 96)),
    ((333, 77), (96, 64)),
    ((64, 64), (392, 28)),
    ((100, 75), (101, 76)),
    ((640, 427), (31, 500)),
    ((20, 41), (10, 20)),
    ((20, 41), (10, 21)),
    ((20, 20), (21, 19)),
]


def resampling():
    entries = []
    seed = 1
    for (width, height), (to_width, to_height) in SIZES:
        for channels in MODES:
            pixels = source(seed, width, height, channels)
            tensor = torch.from_numpy(pixels if channels > 1 else pixels[..., None]).permute(2, 0, 1).contiguous()
            for name in ["lanczos", "bicubic", "bilinear", "torchvision", "nearest"]:
                if name == "torchvision" and channels != 3:
                    continue  # the only case that transformers runs
                if name in PILLOW:
                    image = Image.fromarray(pixels, MODES[channels])
                    out = np.asarray(image.resize((to_width, to_height), PILLOW[name]))
                elif name == "torchvision":
                    mode = tvF.InterpolationMode.BICUBIC
                    if to_width * to_height == 1:
                        continue  # torch 2.15 fails an internal check
                    out = tvF.resize(tensor, [to_height, to_width], interpolation=mode, antialias=True)
                    out = out.permute(1, 2, 0).numpy()
                else:
                    out = torch.nn.functional.interpolate(tensor[None].float(), size=(to_height, to_width), mode="nearest")
                    out = out[0].permute(1, 2, 0).numpy().astype(np.uint8)
                entries.append(
                    {
                        "seed": seed,
                        "channels": channels,
                        "from": [width, height],
                        "to": [to_width, to_height],
                        "filter": name,
                        **result(out),
                    }
                )
            seed += 1
    return entries


# --- sizes ------------------------------------------------------------------------------------------------------------


def dimensions():
    random = np.random.default_rng(7)
    sizes = [(1024, 1024), (1664, 928), (1920, 1080), (512, 768), (3024, 4032), (4000, 300), (333, 777), (48, 48)]
    sizes += [(1, 1), (1, 200), (10, 10), (6000, 31), (16, 4000), (8000, 6000), (112, 112), (42, 70)]
    sizes += [tuple(int(v) for v in np.exp(random.uniform(np.log(20), np.log(9000), 2))) for _ in range(150)]
    entries = []
    for width, height in sizes:
        entry = {"size": [width, height]}
        for area in [1024, 384, 96]:
            entry[f"area_{area}"] = list(calculate_dimensions(area * area, width / height))
        for name, least, most in [("vision", 56 * 56, 12_845_056), ("vision_small", 56 * 56, 28 * 28 * 1280)]:
            try:
                high, wide = smart_resize(height, width, 28, least, most)
                entry[name] = [wide, high]
            except ValueError:
                entry[name] = None
        entries.append(entry)
    return entries


# --- colour -----------------------------------------------------------------------------------------------------------


def colour():
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    processor = VaeImageProcessor(vae_scale_factor=8, do_resize=False)
    signed = processor.preprocess(Image.fromarray(levels))[0].permute(1, 2, 0).contiguous().numpy()
    values = np.linspace(-1.2, 1.2, 3 * 64 * 48, dtype=np.float32).reshape(48, 64, 3)
    # Halves between levels too: k + 0.5 levels as the codec would put them.
    halves = ((np.arange(255, dtype=np.float32) + 0.5) / 255 * 2 - 1).reshape(1, 85, 3)
    back = [
        np.asarray(processor.postprocess(torch.from_numpy(v.transpose(2, 0, 1)[None].copy()), output_type="pil")[0])
        for v in (values, halves)
    ]
    rgb = source(99, 61, 47, 3)
    rgba = source(98, 61, 47, 4)
    white = Image.new("RGB", (61, 47), (255, 255, 255))
    image = Image.fromarray(rgba, "RGBA")
    white.paste(image, mask=image.getchannel("A"))
    mask = source(97, 50, 34, 1)
    binary = torch.from_numpy((mask.astype(np.float32) / 255 >= 0.5).astype(np.float32))[None, None]
    return {
        "signed": fnv(signed.astype("<f4").tobytes()),
        "ramp": [struct.unpack("<I", struct.pack("<f", v))[0] for v in values.flatten()[:3]],
        "values": fnv(values.astype("<f4").tobytes()),
        "levels": fnv(back[0].tobytes()),
        "half_levels": back[1].tobytes().hex(),
        "luma": fnv(np.asarray(Image.fromarray(rgb, "RGB").convert("L")).tobytes()),
        "over_white": fnv(np.asarray(white).tobytes()),
        "latent_mask": [
            {"to": [w, h], "fnv": fnv(torch.nn.functional.interpolate(binary, size=(h, w)).numpy().astype("<f4").tobytes())}
            for w, h in [(6, 4), (7, 5), (50, 34), (12, 9), (61, 40)]
        ],
    }


# --- files ------------------------------------------------------------------------------------------------------------


def photo(width, height):
    """Soft colours, an edge and a little grain."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([128 + 100 * np.sin(x / 7 + y / 9), 128 + 90 * np.cos(x / 11 - y / 5), 40 + 3.0 * x + 2 * y], -1)
    base[(x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2] = [220, 30, 60]
    base += np.random.default_rng(3).normal(0, 4, base.shape)
    return base.clip(0, 255).astype(np.uint8)


def files():
    entries = []

    def keep(name, tolerance=0, **more):
        """Stores what Pillow makes of the file, as diffusers' load_image opens it but with the alpha kept."""
        image = ImageOps.exif_transpose(Image.open(FILES / name))
        if image.mode.startswith("I;16") or image.mode == "I":
            image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
        pixels = np.asarray(image.convert("RGBA"))
        entry = {"file": name, "size": list(image.size), "tolerance": tolerance}
        entry["rgba"] = pixels.tobytes().hex() if tolerance else fnv(pixels.tobytes())
        entries.append(entry | more)

    rgb = photo(24, 17)
    image = Image.fromarray(rgb)
    alpha = np.linspace(0, 255, 24 * 17).reshape(17, 24).astype(np.uint8)
    rgba = Image.fromarray(np.dstack([rgb, alpha]), "RGBA")
    gray = image.convert("L")

    image.save(FILES / "rgb.png")
    keep("rgb.png")
    rgba.save(FILES / "rgba.png")
    keep("rgba.png")
    gray.save(FILES / "gray.png")
    keep("gray.png")
    rgba.convert("LA").save(FILES / "gray_alpha.png")
    keep("gray_alpha.png")
    gray.convert("1").save(FILES / "one_bit.png")
    keep("one_bit.png")
    palette = image.quantize(16)
    palette.save(FILES / "palette.png", transparency=3, bits=4)
    keep("palette.png")
    image.save(FILES / "transparent_colour.png", transparency=tuple(int(v) for v in rgb[0, 0]))
    keep("transparent_colour.png")
    Image.fromarray(np.arange(24 * 17, dtype=np.uint16).reshape(17, 24) * 160).save(FILES / "gray16.png")
    keep("gray16.png", note="16 bits")
    # Pillow writes no 16-bit RGB: chunks by hand.
    deep = np.random.default_rng(5).integers(0, 65536, (17, 24, 3)).astype(">u2")
    write_png(FILES / "rgb16.png", 24, 17, 16, 2, deep.reshape(17, -1).view(np.uint8).reshape(17, -1))
    keep("rgb16.png", note="16 bits")
    interlaced(FILES / "interlaced.png", rgb)
    keep("interlaced.png")

    image.save(FILES / "photo.jpg", quality=92)
    keep("photo.jpg", tolerance=6)
    image.save(FILES / "full_colour.jpg", quality=92, subsampling=0)
    keep("full_colour.jpg", tolerance=3)
    image.save(FILES / "progressive.jpg", quality=92, progressive=True, subsampling=0)
    keep("progressive.jpg", tolerance=3)
    gray.save(FILES / "gray.jpg", quality=92)
    keep("gray.jpg", tolerance=2)
    image.convert("CMYK").save(FILES / "cmyk.jpg", quality=95)
    keep("cmyk.jpg", tolerance=3, note="CMYK")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"orientation_{orientation}.jpg"
        image.save(FILES / name, quality=92, subsampling=0, exif=exif)
        keep(name, tolerance=3, **({} if orientation == 1 else {"note": "upright"}))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(FILES / "orientation_6.png", exif=exif)
    keep("orientation_6.png", note="upright")
    image.save(FILES / "orientation_6.webp", lossless=True, exif=exif)
    keep("orientation_6.webp", note="upright")

    image.save(FILES / "lossless.webp", lossless=True)
    keep("lossless.webp")
    rgba.save(FILES / "alpha.webp", lossless=True, exact=True)
    keep("alpha.webp")
    image.save(FILES / "lossy.webp", quality=90)
    keep("lossy.webp", tolerance=8)

    image.save(FILES / "rgb.tif", compression="tiff_lzw")
    keep("rgb.tif")
    rgba.save(FILES / "rgba.tif", compression="tiff_deflate")
    keep("rgba.tif")
    image.convert("CMYK").save(FILES / "cmyk.tif")
    keep("cmyk.tif", tolerance=2)
    image.save(FILES / "pages.tif", save_all=True, append_images=[image, image])
    keep("pages.tif", note="the first of 3 pages")
    image.save(FILES / "rgb.bmp")
    keep("rgb.bmp")
    palette.save(FILES / "palette.bmp")
    keep("palette.bmp")
    palette.save(FILES / "still.gif")
    keep("still.gif")

    frames = [Image.fromarray(np.roll(rgb, shift, 1)) for shift in range(12)]
    animation = dict(save_all=True, append_images=frames[1:], duration=40)
    frames[0].save(FILES / "animated.gif", **animation)
    keep("animated.gif", note="the first of 12 frames")
    frames[0].save(FILES / "animated.png", **animation)
    keep("animated.png", note="the first of 12 frames")
    frames[0].save(FILES / "animated.webp", lossless=True, **animation)
    keep("animated.webp", note="the first of 12 frames")

    # Settings as other writers store them.
    for name, compressed, kind in [("settings_itxt.png", True, "i"), ("settings_text.png", False, "t"), ("settings_ztxt.png", True, "t")]:
        text = PngImagePlugin.PngInfo()
        if kind == "i":
            text.add_itxt("rostrum", '{"prompt":"雪山 — ½"}', zip=compressed)
        else:
            text.add_text("rostrum", '{"prompt":"snow"}', zip=compressed)
        image.save(FILES / name, pnginfo=text)
    return entries


def write_png(path, width, height, depth, colour_type, rows):
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    raw = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    path.write_bytes(data)


def interlaced(path, rgb):
    """Adam7 by hand; Pillow does not write it."""
    import zlib

    height, width, _ = rgb.shape
    raw = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = rgb[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def main():
    FILES.mkdir(parents=True, exist_ok=True)
    golden = {
        "made_with": {
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "pillow": PIL.__version__,
            "transformers": transformers.__version__,
            "diffusers": diffusers.__version__,
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        },
        "noise": noise(),
        "resampling": resampling(),
        "dimensions": dimensions(),
        "colour": colour(),
        "files": files(),
    }
    # One entry per line: readable differences, small file.
    parts = []
    for key, value in golden.items():
        if isinstance(value, list):
            lines = ",\n".join("  " + json.dumps(entry) for entry in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    (HERE / "golden.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")
    size = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file())
    print(f"{HERE}: {len(golden['noise'])} noise, {len(golden['resampling'])} resampling, {len(golden['files'])} files; {size} bytes")


if __name__ == "__main__":
    main()

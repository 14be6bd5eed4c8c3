// Weights in half precision; decoded without the device's own 16-bit floats, so that every adapter can.
#import load_packed

fn decode(words: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}

//! H.264, there and back, through Cisco's OpenH264.

use super::super::colour::{Matrix, Planes, View, to_planes, to_rgba};
use super::super::{Frame, Shape};
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, DecoderConfig, Flush};
use openh264::encoder::{
    BitRate, Complexity, EncoderConfig, FrameRate, IntraFramePeriod, QpRange, RateControlMode,
    SpsPpsStrategy, VuiConfig,
};
use openh264::formats::{YUVSlices, YUVSource};

/// Kinds of NAL units.
const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;
const KEY_SLICE: u8 = 5;

/// Quantisers that the encoder may choose from, of 0 to 51: fine enough that a trained eye sees no difference. The bits
/// are only a wish, so that quality stays even, whatever moves, and takes as many bytes as it takes.
const FINEST: u8 = 12;
const COARSEST: u8 = 18;
/// Bits for each pixel that the encoder is told to spend, and most of them in a second.
const BITS_PER_PIXEL: f64 = 0.5;
const MOST_BITS: f64 = 100e6;

/// One frame as the file holds it: NAL units, each after its length in four bytes.
pub(super) struct Coded {
    pub bytes: Vec<u8>,
    pub is_key: bool,
}

/// The encoder of one clip.
pub(super) struct Encoder {
    inner: openh264::encoder::Encoder,
    width: usize,
    height: usize,
    parameters: [Vec<u8>; 2],
}

impl Encoder {
    pub(super) fn new(shape: Shape) -> Result<Self, String> {
        let pixels = f64::from(shape.width) * f64::from(shape.height) * f64::from(shape.frame_rate);
        let bits = (pixels * BITS_PER_PIXEL).clamp(1e6, MOST_BITS) as u32;
        let configuration = EncoderConfig::new()
            .bitrate(BitRate::from_bps(bits))
            .skip_frames(false)
            .max_frame_rate(FrameRate::from_hz(shape.frame_rate as f32))
            .rate_control_mode(RateControlMode::Bufferbased)
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .complexity(Complexity::High)
            .qp(QpRange::new(FINEST, COARSEST))
            .background_detection(false)
            // A second at most from any frame to one that stands for itself, so that scrubbing is quick.
            .intra_frame_period(IntraFramePeriod::from_num_frames(shape.frame_rate))
            // The encoder's own threads would make the file depend on the machine.
            .num_threads(1)
            .vui(VuiConfig::bt709());
        let inner = openh264::encoder::Encoder::with_api_config(OpenH264API::from_source(), configuration);
        let inner = inner.map_err(|error| error.to_string())?;
        let (width, height) = (shape.width as usize, shape.height as usize);
        Ok(Self { inner, width, height, parameters: [Vec::new(), Vec::new()] })
    }

    /// Encodes a frame of the clip's size; parameter sets are kept apart.
    pub(super) fn frame(&mut self, rgba: &[u8]) -> Result<Coded, String> {
        let (width, height) = (self.width, self.height);
        let Planes { y, u, v } = to_planes(rgba, width);
        let source = YUVSlices::new((&y, &u, &v), (width, height), (width, width / 2, width / 2));
        let stream = self.inner.encode(&source).map_err(|error| error.to_string())?;
        let mut coded = Coded { bytes: Vec::new(), is_key: false };
        for layer in (0..stream.num_layers()).filter_map(|index| stream.layer(index)) {
            for unit in (0..layer.nal_count()).filter_map(|index| layer.nal_unit(index)) {
                let start = unit.iter().position(|byte| *byte != 0).map_or(unit.len(), |zeros| zeros + 1);
                let unit = unit.get(start..).unwrap_or_default();
                match unit.first().map(|first| first & 0x1f) {
                    None => {}
                    Some(SEQUENCE_PARAMETERS) => self.parameters[0] = unit.to_vec(),
                    Some(PICTURE_PARAMETERS) => self.parameters[1] = unit.to_vec(),
                    Some(kind) => {
                        coded.is_key |= kind == KEY_SLICE;
                        coded.bytes.extend((unit.len() as u32).to_be_bytes());
                        coded.bytes.extend(unit);
                    }
                }
            }
        }
        if coded.bytes.is_empty() { Err("the encoder made no frame".into()) } else { Ok(coded) }
    }

    /// Sequence and picture parameters, known after the first frame.
    pub(super) fn parameters(&self) -> Result<[Vec<u8>; 2], String> {
        match &self.parameters {
            [sequence, picture] if sequence.len() > 3 && !picture.is_empty() => Ok(self.parameters.clone()),
            _ => Err("the encoder said nothing about the frames".into()),
        }
    }
}

/// A frame as the decoder takes it: NAL units, each after a start code.
pub(in crate::clip) struct Packet(pub Vec<u8>);

/// The decoder of one clip.
pub(in crate::clip) struct Decoder {
    inner: openh264::decoder::Decoder,
    matrix: Matrix,
}

impl Decoder {
    pub(super) fn new(matrix: Matrix) -> Result<Self, String> {
        let configuration = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let inner = openh264::decoder::Decoder::with_api_config(OpenH264API::from_source(), configuration);
        Ok(Self { inner: inner.map_err(|error| error.to_string())?, matrix })
    }

    /// The frame that is ready after this packet, in the order in which they are shown.
    pub(in crate::clip) fn packet(&mut self, packet: &Packet) -> Result<Option<Frame>, String> {
        let matrix = self.matrix;
        let decoded = self.inner.decode(&packet.0).map_err(|error| error.to_string())?;
        decoded.map(|planes| frame(&planes, matrix)).transpose()
    }

    /// The frames that were held back.
    pub(in crate::clip) fn rest(&mut self) -> Result<Vec<Frame>, String> {
        let matrix = self.matrix;
        let rest = self.inner.flush_remaining().map_err(|error| error.to_string())?;
        rest.iter().map(|planes| frame(planes, matrix)).collect()
    }
}

fn frame(decoded: &DecodedYUV<'_>, matrix: Matrix) -> Result<Frame, String> {
    let (width, height) = decoded.dimensions();
    let (y, u, v) = decoded.strides();
    let view = View { planes: [decoded.y(), decoded.u(), decoded.v()], strides: [y, u, v], width, height };
    let rgba = to_rgba(&view, matrix).filter(|rgba| !rgba.is_empty()).ok_or("a frame is not whole")?;
    Ok(Frame { width: width as u32, height: height as u32, rgba })
}

//! Latents to frames, handed over as they are finished.

use super::FrameSink;
use super::model::VideoModel;
use crate::kernels::read;
use crate::models::wan_codec::Passage;
use crate::picture::from_signed;
use crate::pipelines::{PipelineError, convert, dump::Dump, watch::JobWatch};
use burn::tensor::Tensor;
use engine_api::{ClipFacts, Part, Stage};

/// Decodes normalised latents `[channel, frame, row, column]`; every frame goes to `sink` at once.
pub(super) fn hand_over(
    model: &VideoModel,
    latents: Tensor<4>,
    facts: ClipFacts,
    passage: Passage,
    dump: &Dump,
    (sink, watch): (&mut dyn FrameSink, &JobWatch),
) -> Result<(), PipelineError> {
    let report = watch.report;
    report.stage(Stage::Developing, None);
    dump.save("latents", &latents)?;
    let codec = model.load_codec()?;
    let latents = model.latent_format().denormalise(latents);
    sink.begin(facts).map_err(PipelineError::Output)?;
    let (mut done, mut values) = (0, Vec::new());
    codec.decode(&latents, passage, watch, |frames: Tensor<4>| {
        let [_, rows, columns, colours] = frames.dims();
        let numbers = read(&frames)?;
        for frame in numbers.chunks_exact(rows * columns * colours) {
            let picture = convert::opaque(&from_signed(columns, rows, frame)?)?;
            sink.frame(done, picture).map_err(PipelineError::Output)?;
            done += 1;
            report.stage(Stage::Developing, Some(Part { index: done, total: facts.frames }));
        }
        if dump.is_wanted() {
            values.extend(numbers);
        }
        Ok::<_, PipelineError>(())
    })?;
    let [columns, rows] = [facts.size.width, facts.size.height].map(|side| side as usize);
    if dump.is_wanted() {
        dump.save_values("clip", &values, &[done as usize, rows, columns, 3])?;
    }
    Ok(())
}

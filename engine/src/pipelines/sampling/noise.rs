//! PyTorch's CPU generator, bit for bit.
//!
//! Starting noise must not depend on the device that runs the model: with one seed an edit comes out the same
//! on every graphics card, and the same as in diffusers with `torch.Generator("cpu").manual_seed(seed)`. The
//! stages, as in PyTorch 2.x on x86-64 with AVX2 and FMA (every wheel of the package index on a processor
//! since 2013):
//!
//! 1. Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded with the low 32 bits of the seed;
//! 2. 24 bits of each word as a uniform number in [0, 1);
//! 3. Box–Muller on blocks of 16: numbers 0..8 give the radius, 8..16 the angle. Logarithm, sine and cosine
//!    are Cephes polynomials in single precision (`avx_mathfun.h`), where the compiler fuses a product into
//!    the sum that follows; the fused steps are spelled out here as `mul_add`, which rounds once on every
//!    processor;
//! 4. fewer than 16 numbers come from double precision, two at a time, and the second of a pair waits in the
//!    generator for the next such call.
//!
//! Where PyTorch itself runs without AVX2 (Arm, or `ATEN_CPU_CAPABILITY=default`) it takes the C library's
//! functions in stage 3, and its own last bit differs from the one here.

const WORDS: usize = 624;
const SHIFT: usize = 397;
const BLOCK: usize = 16;

/// A stream of random numbers equal to `torch.Generator(device="cpu").manual_seed(seed)`.
#[derive(Clone, Debug)]
pub struct Generator {
    words: MersenneTwister,
    /// The sine half of the last double-precision pair, not yet handed out.
    waiting: Option<f64>,
}

impl Generator {
    /// PyTorch keeps the low 32 bits of a seed; seeds that differ above them give the same noise there and
    /// here.
    pub fn new(seed: u64) -> Self {
        Self { words: MersenneTwister::new(seed as u32), waiting: None }
    }

    /// The next `count` normal numbers: `torch.randn(count, generator=g, dtype=torch.float32)`, in row-major
    /// order for a tensor of any shape. The stream moves on, so successive calls draw successive numbers.
    pub fn normal(&mut self, count: usize) -> Vec<f32> {
        if count < BLOCK {
            return (0..count).map(|_| self.normal_double() as f32).collect();
        }
        let mut values: Vec<f32> = (0..count).map(|_| self.uniform()).collect();
        let (blocks, rest) = values.as_chunks_mut::<BLOCK>();
        blocks.iter_mut().for_each(box_muller);
        if !rest.is_empty() {
            // The last 16 numbers are drawn anew, over the tail of the last full block.
            let mut last: [f32; BLOCK] = std::array::from_fn(|_| self.uniform());
            box_muller(&mut last);
            values[count - BLOCK..].copy_from_slice(&last);
        }
        values
    }

    /// A uniform number in [0, 1) with 24 bits.
    fn uniform(&mut self) -> f32 {
        (self.words.next() & 0x00ff_ffff) as f32 * (1.0 / 16_777_216.0)
    }

    /// A uniform number in [0, 1) with 53 bits; the first word is the upper half.
    fn uniform_double(&mut self) -> f64 {
        let upper = u64::from(self.words.next());
        let lower = u64::from(self.words.next());
        ((upper << 32 | lower) & ((1 << 53) - 1)) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    fn normal_double(&mut self) -> f64 {
        if let Some(value) = self.waiting.take() {
            return value;
        }
        let turn = self.uniform_double();
        let radius = (-2.0 * (-self.uniform_double()).ln_1p()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * turn;
        self.waiting = Some(radius * angle.sin());
        radius * angle.cos()
    }
}

/// MT19937.
#[derive(Clone, Debug)]
struct MersenneTwister {
    state: Box<[u32; WORDS]>,
    /// Next word to hand out; `WORDS` asks for a new round.
    next: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> Self {
        let mut state = Box::new([0u32; WORDS]);
        let mut word = seed;
        for (index, slot) in state.iter_mut().enumerate() {
            if index > 0 {
                word = (word ^ (word >> 30)).wrapping_mul(1_812_433_253).wrapping_add(index as u32);
            }
            *slot = word;
        }
        Self { state, next: WORDS }
    }

    fn next(&mut self) -> u32 {
        if self.next == WORDS {
            self.turn();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn turn(&mut self) {
        for index in 0..WORDS {
            let joined = (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % WORDS] & 0x7fff_ffff);
            let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + SHIFT) % WORDS] ^ (joined >> 1) ^ twist;
        }
        self.next = 0;
    }
}

/// Eight pairs of uniform numbers to sixteen normal ones, in place; pair `k` is `block[k]`, `block[k + 8]`.
fn box_muller(block: &mut [f32; BLOCK]) {
    for pair in 0..BLOCK / 2 {
        let radius = (-2.0 * logarithm(1.0 - block[pair])).sqrt();
        let (sine, cosine) = sine_cosine(std::f32::consts::TAU * block[pair + BLOCK / 2]);
        // "· 1 + 0", as the reference ends with standard deviation 1 and mean 0: turns −0 into 0.
        block[pair] = radius * cosine + 0.0;
        block[pair + BLOCK / 2] = radius * sine + 0.0;
    }
}

/// Natural logarithm of a normal number in (0, 1] (Cephes `logf`; coefficients as printed there).
fn logarithm(x: f32) -> f32 {
    const POLYNOMIAL: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_7e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const LN2_HIGH: f32 = 0.693_359_4;

    let bits = x.to_bits();
    let mut exponent = ((bits >> 23) as i32 - 126) as f32;
    let mut mantissa = f32::from_bits((bits & 0x807f_ffff) | 0x3f00_0000);
    if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        mantissa = (mantissa - 1.0) + mantissa;
    } else {
        mantissa -= 1.0;
    }
    let square = mantissa * mantissa;
    let mut sum = POLYNOMIAL[0];
    for &coefficient in &POLYNOMIAL[1..] {
        sum = sum.mul_add(mantissa, coefficient);
    }
    sum = (sum * mantissa).mul_add(square, exponent * LN2_LOW);
    sum = square.mul_add(-0.5, sum);
    exponent.mul_add(LN2_HIGH, mantissa + sum)
}

/// Sine and cosine of an angle in [0, 2π) (Cephes `sinf`, `cosf`).
fn sine_cosine(x: f32) -> (f32, f32) {
    const FOUR_OVER_PI: f32 = 1.273_239_5;
    /// π/4 in three parts, negative.
    const QUARTER_TURN: [f32; 3] = [-0.785_156_25, -2.418_756_5e-4, -3.774_895e-8];
    const SINE: [f32; 3] = [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1];
    const COSINE: [f32; 3] = [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2];

    let octant = ((x * FOUR_OVER_PI) as i32 + 1) & !1;
    let turns = octant as f32;
    let angle = QUARTER_TURN.iter().fold(x, |angle, &part| turns.mul_add(part, angle));
    let square = angle * angle;

    let cosine = (COSINE[0].mul_add(square, COSINE[1])).mul_add(square, COSINE[2]) * square;
    let cosine = cosine.mul_add(square, -(square * 0.5)) + 1.0;
    let sine = (SINE[0].mul_add(square, SINE[1])).mul_add(square, SINE[2]) * square;
    let sine = sine.mul_add(angle, angle);

    let (sine, cosine) = if octant & 2 == 0 { (sine, cosine) } else { (cosine, sine) };
    let sine_sign = (octant as u32 & 4) << 29;
    let cosine_sign = (!(octant as u32).wrapping_sub(2) & 4) << 29;
    (f32::from_bits(sine.to_bits() ^ sine_sign), f32::from_bits(cosine.to_bits() ^ cosine_sign))
}

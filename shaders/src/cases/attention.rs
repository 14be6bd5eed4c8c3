//! Problems for `attention`.

use super::{Numbers, tolerance};
use crate::reference::attention::{Layout, attention};

/// Which keys a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    All,
    /// The first so many; the keys and values behind them are poisoned with NaN.
    First(usize),
    /// Up to the query's own position; queries are the last tokens.
    Causal,
    /// Ends of runs of tokens that see only their own run.
    Segments(&'static [usize]),
}

/// What the numbers look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Uniform in [-1, 1).
    Usual,
    /// Values of 1e5 beside 1e-5, by key and by head.
    Outliers,
    /// Scores up to about ±80.
    Sharp,
}

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    pub queries: usize,
    pub keys: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub size: usize,
    pub reach: Reach,
    pub values: Values,
}

/// Operands and the result that is right for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub q: Vec<f32>,
    pub k: Vec<f32>,
    pub v: Vec<f32>,
    pub scale: f32,
    pub expected: Vec<f32>,
    /// How far each result may be off.
    pub allowed: Vec<f32>,
}

const fn case(name: &'static str, queries: usize, keys: usize, heads: [usize; 2], size: usize) -> Case {
    let [heads, kv_heads] = heads;
    Case { name, queries, keys, heads, kv_heads, size, reach: Reach::All, values: Values::Usual }
}

impl Case {
    const fn reach(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    const fn values(self, values: Values) -> Self {
        Self { values, ..self }
    }

    /// First and one past the last key of every query.
    pub fn reaches(&self) -> Vec<[usize; 2]> {
        let of = |query: usize| match self.reach {
            Reach::All => [0, self.keys],
            Reach::First(count) => [0, count],
            Reach::Causal => [0, self.keys - self.queries + query + 1],
            Reach::Segments(ends) => {
                let run = ends.iter().position(|end| query < *end).unwrap_or(0);
                [if run == 0 { 0 } else { ends[run - 1] }, ends[run]]
            }
        };
        (0..self.queries).map(of).collect()
    }

    /// The operands of this problem, its result and its tolerance.
    pub fn problem(&self) -> Problem {
        let mut numbers = Numbers::new(3);
        let (width, kv_width) = (self.heads * self.size, self.kv_heads * self.size);
        let sharpness = if self.values == Values::Sharp { 9.0 } else { 1.0 };
        let scale = 1.0 / (self.size as f32).sqrt();
        let q = numbers.take(self.queries * width, sharpness);
        let mut k = numbers.take(self.keys * kv_width, sharpness);
        let mut v = numbers.take(self.keys * kv_width, 1.0);
        if self.values == Values::Sharp {
            // Every fifth key lies along a query, every seventh against it: scores near ±80.
            for (key, row) in k.chunks_exact_mut(kv_width).enumerate() {
                let along = if key % 5 == 0 { 1.0 } else { -1.0 };
                if key % 5 == 0 || key % 7 == 0 {
                    let from = key % self.queries * width;
                    let length = q[from..from + self.size].iter().map(|x| x * x).sum::<f32>().max(1e-6);
                    let factor = along * 80.0 / (length * scale);
                    row.iter_mut().zip(q[from..].iter().cycle()).for_each(|(x, q)| *x = q * factor);
                }
            }
        }
        if self.values == Values::Outliers {
            for (i, head) in v.chunks_exact_mut(self.size).enumerate() {
                let (key, head_index) = (i / self.kv_heads, i % self.kv_heads);
                let factor = if head_index % 2 == 0 && key % 3 == 0 { 1e5 } else { 1e-5 };
                head.iter_mut().for_each(|x| *x *= factor);
            }
        }
        if let Reach::First(count) = self.reach {
            k[count * kv_width..].fill(f32::NAN);
            v[count * kv_width..].fill(f32::NAN);
        }
        let layout = Layout { heads: self.heads, kv_heads: self.kv_heads, size: self.size, scale };
        let expected = attention(&q, &k, &v, &layout, &self.reaches());
        let allowed = self.allowed(&q, &k, &v, scale);
        Problem { q, k, v, scale, expected, allowed }
    }

    /// Rounding of the scores (as large as their largest possible value makes it) and of the weighted sum, times
    /// the largest value of the head.
    fn allowed(&self, q: &[f32], k: &[f32], v: &[f32], scale: f32) -> Vec<f32> {
        let largest = |values: &[f32], heads: usize| -> Vec<f32> {
            let of = |head: usize| {
                let rows = values.chunks_exact(self.size).skip(head).step_by(heads);
                rows.flatten().filter(|x| x.is_finite()).fold(0.0f32, |most, x| most.max(x.abs()))
            };
            (0..heads).map(of).collect()
        };
        let (q, k, v) = (largest(q, self.heads), largest(k, self.kv_heads), largest(v, self.kv_heads));
        let group = self.heads / self.kv_heads;
        let of = |head: usize| {
            let score = q[head] * k[head / group] * scale * (self.size as f32).sqrt();
            v[head / group] * (4.0 * tolerance(self.keys) + score.max(1.0) * tolerance(self.size))
        };
        let row: Vec<f32> = (0..self.heads).flat_map(|h| std::iter::repeat_n(of(h), self.size)).collect();
        row.repeat(self.queries)
    }
}

use Reach::{Causal, First, Segments};
use Values::{Outliers, Sharp};

/// Tiny, ragged, usual and outlying problems.
pub const CASES: &[Case] = &[
    case("one query, one key", 1, 1, [1, 1], 16),
    case("one key", 5, 1, [2, 2], 32),
    case("tile - 1", 63, 63, [2, 2], 64),
    case("tile", 64, 64, [1, 1], 128),
    case("tile + 1", 65, 65, [2, 2], 32),
    case("primes", 37, 101, [3, 3], 24),
    case("a size of no four", 29, 31, [4, 2], 58).reach(First(30)),
    case("a small size of no four", 19, 19, [2, 1], 18).reach(Causal),
    case("joint", 61, 61, [4, 4], 40),
    case("few keys", 71, 11, [2, 2], 72),
    case("vision", 67, 67, [2, 2], 80).reach(Segments(&[16, 16, 33, 49, 66, 67])),
    case("grouped causal", 53, 53, [6, 2], 32).reach(Causal),
    case("causal, long past", 5, 131, [2, 1], 128).reach(Causal),
    case("padded keys", 33, 90, [2, 2], 48).reach(First(41)),
    case("no key", 9, 9, [2, 2], 16).reach(First(0)),
    case("outliers", 40, 129, [4, 4], 64).values(Outliers),
    case("sharp", 70, 140, [2, 2], 96).values(Sharp),
    case("sharp, causal", 66, 66, [2, 2], 112).values(Sharp).reach(Causal),
];

//! A probe's answer as text: one line per component, and below it what is wrong with it.

use super::report::{Component, Listing, Misshapen, Probe, State};
use crate::weights::wording;
use std::fmt;

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.path)?;
        writeln!(f, "{}", self.summary)?;
        self.components.iter().try_for_each(|component| write!(f, "{component}"))?;
        if self.features.zero_cond_t {
            writeln!(f, "Reference pictures count as free of noise (zero_cond_t, the 2511 kind).")?;
        }
        if self.features.additional_t_cond || self.features.layer3d_rope {
            writeln!(f, "It works on stacks of layers (the Layered kind).")?;
        }
        if let Some(boundary) = self.features.boundary {
            writeln!(
                f,
                "Two experts: transformer draws from timestep 1000 down to {boundary}, transformer_2 the rest."
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.role.folder();
        write!(f, "  {role:<14}")?;
        match self.state {
            State::Right => write!(f, "complete")?,
            State::Present => write!(f, "there")?,
            State::Unsupported => write!(f, "not supported yet")?,
            State::Wrong => write!(f, "wrong")?,
            State::Unreadable => write!(f, "unreadable")?,
            State::Missing => write!(f, "missing")?,
        }
        if self.bytes > 0 {
            let formats: Vec<&str> = self.formats.iter().map(|share| share.format.as_str()).collect();
            write!(f, ": {} parameters", scaled(self.parameters, ["", " M", " B"]))?;
            write!(f, ", {}, {}", scaled(self.bytes, [" bytes", " MB", " GB"]), formats.join(", "))?;
        }
        writeln!(f)?;
        if let Some(problem) = &self.problem {
            writeln!(f, "    {role}: {problem}")?;
        }
        for Misshapen { tensor, expected, got } in &self.misshapen.first {
            let (got, expected) = (wording::shape(got), wording::shape(expected));
            writeln!(f, "    {role}: `{tensor}` has the shape {got}, expected {expected}")?;
        }
        rest(f, role, "have another shape", &self.misshapen)?;
        for (words, listing) in [("missing", &self.missing), ("not part of the model", &self.unexpected)] {
            if listing.count > 0 {
                let names: Vec<String> = listing.first.iter().map(|name| format!("`{name}`")).collect();
                let more = listing.count - listing.first.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let tensors = if listing.count == 1 {
                    "1 tensor is".to_owned()
                } else {
                    format!("{} tensors are", listing.count)
                };
                writeln!(f, "    {role}: {tensors} {words}: {}{more}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

fn rest<T>(f: &mut fmt::Formatter<'_>, role: &str, words: &str, listing: &Listing<T>) -> fmt::Result {
    match listing.count - listing.first.len() {
        0 => Ok(()),
        more => writeln!(f, "    {role}: {more} more tensors {words}"),
    }
}

/// A count with a unit of ones, millions or billions.
fn scaled(count: u64, [ones, millions, billions]: [&str; 3]) -> String {
    match count {
        0..1_000_000 => format!("{count}{ones}"),
        1_000_000..1_000_000_000 => format!("{:.1}{millions}", count as f64 / 1e6),
        _ => format!("{:.2}{billions}", count as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Role;
    use super::*;

    #[test]
    fn long_lists_are_cut_but_counted() {
        let mut component = Component::new(Role::Transformer, State::Wrong);
        for number in 0..8 {
            component.missing.add(|| format!("t{number}"));
        }
        component.misshapen.add(|| Misshapen {
            tensor: "img_in.weight".into(),
            expected: vec![3072, 64],
            got: vec![3072, 128],
        });
        let text = component.to_string();
        assert!(
            text.contains("transformer: `img_in.weight` has the shape 3072 × 128, expected 3072 × 64"),
            "{text}"
        );
        assert!(text.contains("8 tensors are missing: `t0`, `t1`, `t2`, `t3`, `t4` and 3 more"), "{text}");
    }

    #[test]
    fn sizes_carry_units() {
        assert_eq!(scaled(20_430_401_088, ["", " M", " B"]), "20.43 B");
        assert_eq!(scaled(253_785_062, [" bytes", " MB", " GB"]), "253.8 MB");
        assert_eq!(scaled(12, [" bytes", " MB", " GB"]), "12 bytes");
    }
}

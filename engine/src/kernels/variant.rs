//! Which variant of a kernel computes a class of problems on an adapter.
//!
//! A variant named in `ROSTRUM_VARIANT` wins (`attention=tile,matmul=wide`). Otherwise, on a graphics processor,
//! variants that fail their self-test are dropped and the rest is timed on a typical problem of the class; the
//! outcome is kept on disk per adapter, driver and shader text. A software adapter takes a fixed variant at once.

mod cache;
mod work;

use super::selftest;
use crate::device::{AdapterFacts, AdapterKind, facts_of};
use burn::tensor::Device;
use cache::{Choice, Store};
use shaders::{Requirement, Variant};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use work::{CLASSES, Class};

/// The environment variable that names variants.
const FORCE: &str = "ROSTRUM_VARIANT";

/// Timed runs of a variant; the fastest counts.
const ROUNDS: usize = 3;

/// Length of a launch to aim at: a desktop's watchdog ends long ones, and work can be called off only between them.
const LAUNCH_MILLISECONDS: f64 = 40.0;

/// A kernel, a class and an opened adapter, whose facts live at one address as long as the process.
type Key = (&'static str, &'static str, Option<usize>);

fn key(kernel: &'static str, class: &'static str, facts: Option<&Arc<AdapterFacts>>) -> Key {
    (kernel, class, facts.map(|facts| Arc::as_ptr(facts) as usize))
}

/// Measured rates, in operations per millisecond.
static RATES: Mutex<BTreeMap<Key, f64>> = Mutex::new(BTreeMap::new());

/// The variant of `kernel` for problems of `class` on `device`; measured at its first use there.
pub(super) fn chosen(kernel: &'static str, class: &'static str, device: &Device) -> Arc<str> {
    static CHOSEN: Mutex<BTreeMap<Key, Arc<str>>> = Mutex::new(BTreeMap::new());
    let facts = facts_of(device);
    let key = key(kernel, class, facts.as_ref());
    let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(variant) = chosen.get(&key) {
        return variant.clone();
    }
    let class = CLASSES.iter().find(|c| c.kernel == kernel && c.name == class);
    let (variant, milliseconds) = choose(kernel, class, device, facts.as_deref());
    if let Some((class, milliseconds)) = class.zip(milliseconds.filter(|time| *time > 0.0)) {
        let mut rates = RATES.lock().unwrap_or_else(PoisonError::into_inner);
        rates.insert(key, class.operations / milliseconds);
    }
    let variant: Arc<str> = variant.into();
    chosen.insert(key, variant.clone());
    variant
}

/// How much arithmetic one launch should hold on `device`: by the measured rate, else by the adapter's kind.
pub(super) fn launch_operations(kernel: &'static str, class: &'static str, device: &Device) -> f64 {
    let facts = facts_of(device);
    let rates = RATES.lock().unwrap_or_else(PoisonError::into_inner);
    let measured = rates.get(&key(kernel, class, facts.as_ref())).map(|rate| rate * LAUNCH_MILLISECONDS);
    measured.unwrap_or(match facts.map(|facts| facts.kind) {
        Some(AdapterKind::Discrete) => 40e9,
        Some(AdapterKind::Software) => 4e9,
        _ => 10e9,
    })
}

/// What the choice of variants has to tell the user, once each: a variant dropped, a wish that cannot be met.
pub fn take_remarks() -> Vec<String> {
    std::mem::take(&mut *REMARKS.lock().unwrap_or_else(PoisonError::into_inner))
}

static REMARKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn remark(text: String) {
    REMARKS.lock().unwrap_or_else(PoisonError::into_inner).push(text);
}

/// What `variant` needs and the adapter lacks, in words.
pub(super) fn missing(variant: &Variant, facts: &AdapterFacts) -> Option<String> {
    for requirement in &variant.requires {
        let (there, name) = match requirement {
            Requirement::F16 => (facts.f16, "16-bit floats"),
            Requirement::Subgroup => (facts.subgroups, "subgroup operations"),
            Requirement::CooperativeMatrix => (!facts.cooperative.is_empty(), "cooperative matrices"),
        };
        if !there {
            return Some(format!("needs {name}"));
        }
    }
    let threads: u32 = variant.workgroup.iter().product();
    let number = |name: &str| variant.defines.get(name).copied().unwrap_or(0);
    if number("SUBGROUP") > facts.subgroup_sizes[0] {
        return Some(format!("needs subgroups of at least {}", number("SUBGROUP")));
    }
    if threads > facts.workgroup_threads {
        return Some(format!("needs workgroups of {threads} threads"));
    }
    if number("WORKGROUP_BYTES") > facts.workgroup_bytes {
        return Some(format!("needs {} bytes of workgroup memory", number("WORKGROUP_BYTES")));
    }
    None
}

/// The variant and, where it was measured, its milliseconds on the class's typical problem.
fn choose(
    kernel: &str,
    class: Option<&Class>,
    device: &Device,
    facts: Option<&AdapterFacts>,
) -> (String, Option<f64>) {
    let Ok(entry) = shaders::kernel(kernel) else { return (String::new(), None) };
    let fits = |variant: &Variant| facts.is_none_or(|facts| missing(variant, facts).is_none());
    let candidates: Vec<&str> =
        entry.variants.iter().filter(|(_, v)| fits(v)).map(|(name, _)| name.as_str()).collect();
    if let Some(forced) = forced().get(kernel) {
        if let Some(forced) = candidates.iter().find(|name| *name == forced) {
            return (forced.to_string(), None);
        }
        remark(format!("{FORCE} asks for {kernel}={forced}, which this device does not have."));
    }
    let first_of = |names: &[&'static str]| names.iter().copied().find(|name| candidates.contains(name));
    let software = facts.is_some_and(|facts| !facts.kind.is_hardware());
    let fixed = match (facts, class) {
        (Some(_), Some(class)) if software => first_of(class.software),
        (Some(facts), Some(class)) => {
            let adapter = format!("{} | {} | {}", facts.name, facts.api, facts.driver);
            let wrong = || wrong(kernel, device, facts);
            if let Some(found) = measured(class, &candidates, device, &adapter, Store::of_user(), wrong) {
                return found;
            }
            None
        }
        _ => None,
    };
    let fallback = || class.and_then(|class| first_of(&[class.fallback]));
    (fixed.or_else(fallback).or(candidates.first().copied()).unwrap_or_default().into(), None)
}

/// The variants that the environment names, by kernel.
fn forced() -> &'static HashMap<String, String> {
    static FORCED: OnceLock<HashMap<String, String>> = OnceLock::new();
    FORCED.get_or_init(|| parse_forced(&std::env::var(FORCE).unwrap_or_default()))
}

fn parse_forced(text: &str) -> HashMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(kernel, variant)| (kernel.trim().into(), variant.trim().into())).collect()
}

/// The fastest right variant: known from an earlier run, or found out now and written down.
fn measured(
    class: &Class,
    candidates: &[&str],
    device: &Device,
    adapter: &str,
    store: Option<Store>,
    wrong: impl FnOnce() -> Vec<String>,
) -> Option<(String, Option<f64>)> {
    let problem = format!("{}/{}", class.kernel, class.name);
    let shaders = shader_hash(class.kernel);
    let known = store.as_ref().and_then(|store| store.get(adapter, &problem));
    if let Some(known) = known.filter(|k| k.shaders == shaders && candidates.contains(&k.variant.as_str())) {
        let milliseconds = known.milliseconds.get(&known.variant).copied();
        return Some((known.variant, milliseconds));
    }
    let wrong = wrong();
    let right: Vec<&str> = candidates.iter().copied().filter(|c| !wrong.iter().any(|w| w == c)).collect();
    let milliseconds = time(class, &right, device);
    let fastest = milliseconds.iter().min_by(|a, b| a.1.total_cmp(b.1));
    let variant =
        fastest.map_or_else(|| right.first().map(|n| n.to_string()), |(name, _)| Some(name.clone()))?;
    let time = milliseconds.get(&variant).copied();
    if let Some(store) = store {
        // A cache that cannot be written costs a measurement at the next start, nothing else.
        let _ =
            store.put(adapter, &problem, Choice { shaders, variant: variant.clone(), milliseconds, wrong });
    }
    Some((variant, time))
}

/// Variants that fail their self-test, each remarked on once.
fn wrong(kernel: &str, device: &Device, facts: &AdapterFacts) -> Vec<String> {
    let reports = selftest::reports(kernel, device);
    let failed = reports.iter().filter(|report| !report.ok && report.skipped.is_none());
    let name = |report: &selftest::VariantReport| {
        let why = report.failure.as_deref().unwrap_or("wrong results");
        remark(format!("{kernel}, variant {}, is not used on {}: {why}.", report.variant, facts.name));
        report.variant.clone()
    };
    failed.map(name).collect()
}

/// Milliseconds of each variant on the class's typical problem; none when the device cannot run it.
fn time(class: &Class, variants: &[&str], device: &Device) -> BTreeMap<String, f64> {
    let Ok(work) = (class.prepare)(device) else { return BTreeMap::new() };
    let once = |variant: &str| -> Option<f64> {
        let start = Instant::now();
        work(variant).ok()?;
        device.sync().ok()?;
        Some(start.elapsed().as_secs_f64() * 1e3)
    };
    let fastest = |variant: &str| {
        // The first run compiles.
        once(variant)?;
        let runs: Option<Vec<f64>> = (0..ROUNDS).map(|_| once(variant)).collect();
        runs?.into_iter().min_by(f64::total_cmp)
    };
    variants.iter().filter_map(|name| Some((name.to_string(), fastest(name)?))).collect()
}

/// A fingerprint of everything that a kernel's variants expand to.
fn shader_hash(kernel: &str) -> String {
    let Ok(entry) = shaders::kernel(kernel) else { return String::new() };
    let combinations = entry.combinations();
    let sources = entry.variants.keys().flat_map(|variant| {
        combinations.iter().filter_map(|options| shaders::source(kernel, variant, options).ok())
    });
    let hash =
        sources.fold(0u64, |hash, source| hash.rotate_left(5).wrapping_mul(0x0100_0000_01b3) ^ source.hash);
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter() -> AdapterFacts {
        AdapterFacts {
            name: "Test".into(),
            kind: AdapterKind::Discrete,
            api: "Vulkan".into(),
            driver: "1".into(),
            f16: false,
            subgroups: true,
            subgroup_sizes: [4, 32],
            cooperative: Vec::new(),
            binding_bytes: 1 << 30,
            workgroup_bytes: 16 << 10,
            workgroup_threads: 256,
        }
    }

    fn variant(requires: &[Requirement], define: Option<(&str, u32)>, threads: u32) -> Variant {
        let defines = define.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Variant { workgroup: [threads, 1, 1], requires: requires.to_vec(), defines }
    }

    #[test]
    fn what_an_adapter_lacks_is_said_in_words() {
        let facts = adapter();
        let lacks = |variant: &Variant| missing(variant, &facts);
        assert_eq!(lacks(&variant(&[Requirement::Subgroup], None, 256)), None);
        assert_eq!(lacks(&variant(&[Requirement::F16], None, 1)).as_deref(), Some("needs 16-bit floats"));
        let matrix = variant(&[Requirement::CooperativeMatrix], None, 1);
        assert_eq!(lacks(&matrix).as_deref(), Some("needs cooperative matrices"));
        let lanes = variant(&[], Some(("SUBGROUP", 8)), 8);
        assert_eq!(lacks(&lanes).as_deref(), Some("needs subgroups of at least 8"));
        assert_eq!(lacks(&variant(&[], None, 512)).as_deref(), Some("needs workgroups of 512 threads"));
        let memory = variant(&[], Some(("WORKGROUP_BYTES", 20_000)), 1);
        assert_eq!(lacks(&memory).as_deref(), Some("needs 20000 bytes of workgroup memory"));
    }

    #[test]
    fn forced_variants_are_read_from_pairs() {
        let forced = parse_forced("attention=tile, matmul = wide,nonsense,");
        assert_eq!(forced.get("attention").map(String::as_str), Some("tile"));
        assert_eq!(forced.get("matmul").map(String::as_str), Some("wide"));
        assert_eq!(forced.len(), 2);
        assert!(parse_forced("").is_empty());
    }

    #[test]
    fn every_class_names_variants_of_its_kernel() {
        for class in CLASSES {
            let variants = &shaders::kernel(class.kernel).unwrap().variants;
            for name in class.software.iter().chain([&class.fallback]) {
                assert!(variants.contains_key(*name), "{}/{}: {name}", class.kernel, class.name);
            }
        }
    }

    #[test]
    fn a_software_adapter_takes_its_fixed_variant_and_an_unknown_one_the_fallback() {
        let class = CLASSES.iter().find(|class| class.kernel == "attention").unwrap();
        let software = AdapterFacts {
            kind: AdapterKind::Software,
            subgroup_sizes: [8, 8],
            workgroup_bytes: 32 << 10,
            ..adapter()
        };
        let device = Device::flex();
        assert_eq!(choose("attention", Some(class), &device, Some(&software)).0, class.software[0]);
        assert_eq!(choose("attention", Some(class), &device, None).0, class.fallback);
        let narrow = AdapterFacts { subgroup_sizes: [4, 4], ..software };
        assert_eq!(choose("attention", Some(class), &device, Some(&narrow)).0, class.fallback);
        assert_eq!(choose("no kernel", None, &device, None).0, "");
    }

    #[test]
    fn a_measurement_is_kept_until_the_shaders_change_and_never_picks_a_wrong_variant() {
        let folder = tempfile::tempdir().unwrap();
        let store = || Some(Store::at(folder.path().join("variants.json")));
        let class = CLASSES.iter().find(|class| class.kernel == "convolution").unwrap();
        let device = Device::flex();
        let candidates = ["tile", "wide"];
        let pick = |wrong: &'static str| {
            let wrong = || vec![wrong.to_string()];
            let found = measured(class, &candidates, &device, "adapter", store(), wrong);
            found.map(|(variant, time)| (variant, time.is_some_and(|time| time > 0.0)))
        };
        assert_eq!(pick("tile"), Some(("wide".into(), true)));
        let kept = store().unwrap().get("adapter", "convolution/pixels").unwrap();
        assert_eq!((kept.variant.as_str(), kept.wrong.as_slice()), ("wide", &["tile".to_string()][..]));
        assert!(kept.milliseconds["wide"] > 0.0 && kept.milliseconds.len() == 1);
        // Known: nothing is tested again.
        assert_eq!(pick("wide"), Some(("wide".into(), true)));
        store()
            .unwrap()
            .put("adapter", "convolution/pixels", Choice { shaders: "old".into(), ..kept })
            .unwrap();
        assert_eq!(pick("wide"), Some(("tile".into(), true)));
    }

    #[test]
    fn the_hash_tells_kernels_apart() {
        assert_ne!(shader_hash("attention"), shader_hash("pixel_norm"));
        assert_eq!(shader_hash("attention"), shader_hash("attention"));
    }
}

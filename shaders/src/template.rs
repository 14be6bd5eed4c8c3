//! The preprocessor: `#import name`, `#define NAME value`, `#if NAME` / `#else` / `#end`, `{{NAME}}`. Nothing else.

use std::collections::{BTreeMap, BTreeSet};

/// A shader text that cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("no kernel is called `{0}`")]
    UnknownKernel(String),
    #[error("kernel `{kernel}` has no variant `{variant}`")]
    UnknownVariant { kernel: String, variant: String },
    #[error("kernel `{kernel}` takes no option `{choice}`, or two of one axis, or lacks one")]
    UnknownOption { kernel: String, choice: String },
    #[error("{file}:{line}: no shared file is called `{name}`")]
    UnknownImport { file: String, line: usize, name: String },
    #[error("{file}:{line}: `{name}` is not defined")]
    Undefined { file: String, line: usize, name: String },
    #[error("{file}:{line}: {reason}")]
    Malformed { file: String, line: usize, reason: &'static str },
    #[error("variants.toml: {0}")]
    Table(String),
}

/// Expands `text` with the given definitions; `import` finds shared files by name.
///
/// An import is expanded once, at its first mention, with the definitions known there. `#if NAME` holds when
/// NAME is defined and is not `0`.
pub(crate) fn expand(
    file: &str,
    text: &str,
    defines: &BTreeMap<String, String>,
    import: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<String, TemplateError> {
    let mut expander =
        Expander { defines: defines.clone(), imported: BTreeSet::new(), import, output: String::new() };
    expander.file(file, text)?;
    Ok(expander.output)
}

struct Expander<'a> {
    defines: BTreeMap<String, String>,
    imported: BTreeSet<String>,
    import: &'a dyn Fn(&str) -> Option<&'static str>,
    output: String,
}

/// One open `#if`.
struct Branch {
    /// Whether the enclosing text is kept.
    outer: bool,
    /// Whether the condition held.
    condition: bool,
    in_else: bool,
}

impl Branch {
    fn kept(&self) -> bool {
        self.outer && (self.condition != self.in_else)
    }
}

impl Expander<'_> {
    fn file(&mut self, file: &str, text: &str) -> Result<(), TemplateError> {
        let mut open: Vec<Branch> = Vec::new();
        for (index, source) in text.lines().enumerate() {
            let line = index + 1;
            let malformed = |reason| TemplateError::Malformed { file: file.into(), line, reason };
            let kept = open.last().is_none_or(Branch::kept);
            let trimmed = source.trim();
            let Some(directive) = trimmed.strip_prefix('#') else {
                if kept {
                    self.text(file, line, source)?;
                }
                continue;
            };
            let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
            let rest = rest.trim();
            match word {
                "if" => {
                    let condition = self.defines.get(rest).is_some_and(|value| value != "0");
                    open.push(Branch { outer: kept, condition, in_else: false });
                }
                "else" => match open.last_mut() {
                    Some(branch) if !branch.in_else => branch.in_else = true,
                    _ => return Err(malformed("#else without #if")),
                },
                "end" => {
                    open.pop().ok_or_else(|| malformed("#end without #if"))?;
                }
                "define" if kept => {
                    let (name, value) = rest.split_once(' ').unwrap_or((rest, "1"));
                    self.defines.insert(name.into(), value.trim().into());
                }
                "import" if kept => self.import(file, line, rest)?,
                "define" | "import" => {}
                _ => return Err(malformed("unknown directive")),
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        Err(TemplateError::Malformed {
            file: file.into(),
            line: text.lines().count(),
            reason: "#if without #end",
        })
    }

    fn import(&mut self, file: &str, line: usize, name: &str) -> Result<(), TemplateError> {
        if !self.imported.insert(name.into()) {
            return Ok(());
        }
        let text = (self.import)(name).ok_or_else(|| TemplateError::UnknownImport {
            file: file.into(),
            line,
            name: name.into(),
        })?;
        self.file(name, text)
    }

    fn text(&mut self, file: &str, line: usize, source: &str) -> Result<(), TemplateError> {
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let malformed = || TemplateError::Malformed { file: file.into(), line, reason: "{{ without }}" };
            let (name, tail) = after.split_once("}}").ok_or_else(malformed)?;
            let name = name.trim();
            let value = self.defines.get(name).ok_or_else(|| TemplateError::Undefined {
                file: file.into(),
                line,
                name: name.into(),
            })?;
            self.output.push_str(before);
            self.output.push_str(value);
            rest = tail;
        }
        self.output.push_str(rest);
        self.output.push('\n');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, defines: &[(&str, &str)]) -> Result<String, TemplateError> {
        let defines = defines.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        expand("test", text, &defines, &|name| match name {
            "one" => Some("shared {{A}}"),
            "loop" => Some("#import loop\nonce"),
            _ => None,
        })
    }

    #[test]
    fn conditions_nest_and_take_the_right_branch() {
        let text = "#if A\n#if B\nboth\n#else\nonly a\n#end\n#else\nnone\n#end";
        assert_eq!(run(text, &[("A", "1"), ("B", "1")]).unwrap(), "both\n");
        assert_eq!(run(text, &[("A", "1"), ("B", "0")]).unwrap(), "only a\n");
        assert_eq!(run(text, &[("B", "1")]).unwrap(), "none\n");
    }

    #[test]
    fn names_are_filled_in_and_imports_come_once() {
        assert_eq!(run("#import one\n#import one\nx{{A}}y{{A}}", &[("A", "7")]).unwrap(), "shared 7\nx7y7\n");
        assert_eq!(run("#import loop", &[]).unwrap(), "once\n");
        assert_eq!(run("#define N 3\n{{N}}", &[]).unwrap(), "3\n");
    }

    #[test]
    fn mistakes_name_file_and_line() {
        assert_eq!(
            run("a\n{{B}}", &[]),
            Err(TemplateError::Undefined { file: "test".into(), line: 2, name: "B".into() })
        );
        assert!(matches!(run("#import two", &[]), Err(TemplateError::UnknownImport { line: 1, .. })));
        assert!(matches!(run("#if A", &[]), Err(TemplateError::Malformed { .. })));
        assert!(matches!(run("#end", &[]), Err(TemplateError::Malformed { .. })));
        assert!(matches!(run("#else", &[]), Err(TemplateError::Malformed { .. })));
        assert!(matches!(run("#pragma", &[]), Err(TemplateError::Malformed { .. })));
    }
}

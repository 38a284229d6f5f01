//! The flags of mopy 1: `mopy -buildkit=false -dockerfile=true -filename=Mopyfile.yaml`.

use std::ffi::OsString;

use super::Failure;
use crate::frontend::parse_bool;

/// Translates the flags of mopy 1 in `arguments`; other arguments are left unchanged.
pub(super) fn translated(arguments: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let Some(flags) = Flags::read(arguments.get(1..).unwrap_or_default()) else {
        return Ok(arguments);
    };
    let file = flags.filename.unwrap_or_else(|| "Mopyfile.yaml".into());
    let subcommand = if flags.dockerfile {
        "transpile"
    } else if flags.llb {
        "llb"
    } else {
        return Err(Failure::new("nothing to print without `-dockerfile=true` or `-llb=true`")
            .help(format!("use `mopy transpile -f {}`", file.to_string_lossy())));
    };
    Ok(arguments.into_iter().take(1).chain([subcommand.into(), "--file".into(), file]).collect())
}

#[derive(Default)]
struct Flags {
    dockerfile: bool,
    llb: bool,
    filename: Option<OsString>,
}

impl Flags {
    /// The flags, if there are no other arguments.
    fn read(arguments: &[OsString]) -> Option<Self> {
        let mut flags = Self::default();
        let mut rest = arguments.iter();
        let mut any = false;
        while let Some(argument) = rest.next() {
            let text = argument.to_str()?;
            let flag = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
            let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
            let boolean = || value.map_or(Some(true), parse_bool);
            match name {
                "dockerfile" => flags.dockerfile = boolean()?,
                "llb" => flags.llb = boolean()?,
                "buildkit" => {
                    boolean()?;
                }
                "filename" => {
                    flags.filename = Some(match value {
                        Some(value) => value.into(),
                        None => rest.next()?.clone(),
                    });
                }
                _ => return None,
            }
            any = true;
        }
        any.then_some(flags)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::translated;

    #[test]
    fn flags_of_the_first_mopy() {
        for (line, translation) in [
            ("mopy --buildkit=false --dockerfile --filename f.yaml", "mopy transpile --file f.yaml"),
            ("mopy -dockerfile=1 -filename=f.yaml", "mopy transpile --file f.yaml"),
            ("mopy -llb=true -filename=f.yaml", "mopy llb --file f.yaml"),
            ("mopy", "mopy"),
            ("mopy --help", "mopy --help"),
            ("mopy check --filename", "mopy check --filename"),
            ("mopy -dockerfile=maybe", "mopy -dockerfile=maybe"),
        ] {
            let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
            assert_eq!(translated(words(line)).unwrap(), words(translation));
        }
    }
}

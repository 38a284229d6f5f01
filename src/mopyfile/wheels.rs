//! Reads from lock files which Python versions their packages have wheels for.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree, PackageName};
use toml::de::{DeTable, DeValue};

use super::python::{NEWEST, OLDEST};

/// The format of a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// uv's.
    Uv,
    /// That of PEP 751.
    Pylock,
    /// Poetry's.
    Poetry,
}

/// The packages in a lock file.
#[derive(Debug, Default)]
pub struct Packages {
    /// The supported Python versions as a PEP 440 specifier, if specified.
    pub requires_python: Option<String>,
    all: Vec<Package>,
}

#[derive(Debug, Default)]
struct Package {
    name: String,
    version: String,
    /// The names of its wheels.
    wheels: Vec<String>,
    /// PEP 508 markers of the environments in which it is installed.
    markers: Vec<String>,
    /// Its dependencies, with their markers.
    needs: Vec<(String, Option<String>)>,
    /// Whether it is a project of the repository instead of a locked package.
    is_local: bool,
}

/// The maximum size of a lock file, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

impl Packages {
    /// Reads a lock file; `None` if it is invalid.
    #[must_use]
    pub fn parse(text: &str, format: Format) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let file = DeTable::parse(text).ok()?;
        let key = if format == Format::Pylock { "packages" } else { "package" };
        Some(Self {
            requires_python: string(file.get_ref(), "requires-python"),
            all: tables(file.get_ref(), key).filter_map(|table| Package::read(table, format)).collect(),
        })
    }

    /// The normalized names of all packages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|package| package.name.as_str())
    }

    /// The packages that would be compiled for Python `3.minor` on Linux, although they have wheels for other versions:
    /// sorted names and versions.
    #[must_use]
    pub fn without_wheel(&self, minor: u16) -> Vec<(&str, &str)> {
        let Some(environment) = environment(minor) else { return Vec::new() };
        let mut markers = Markers { environment, known: HashMap::new() };
        let installed = self.installed(&mut markers);
        // a lock file can contain several versions of a package, each for some Python versions
        let with_wheel: HashSet<&str> =
            self.all.iter().filter(|package| package.has_wheel(minor)).map(|package| package.name.as_str()).collect();
        let mut missing: Vec<(&str, &str)> = self
            .all
            .iter()
            .filter(|package| {
                !package.is_local && installed.as_ref().is_none_or(|all| all.contains(package.name.as_str()))
            })
            .filter(|package| package.markers.is_empty() || package.markers.iter().any(|marker| markers.holds(marker)))
            .filter(|package| !package.wheels.is_empty() && !with_wheel.contains(package.name.as_str()))
            .filter(|package| (OLDEST..=NEWEST + 1).any(|other| package.has_wheel(other)))
            .map(|package| (package.name.as_str(), package.version.as_str()))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The names of the transitive dependencies of the projects in the repository, if the lock file contains them.
    fn installed<'p>(&'p self, markers: &mut Markers) -> Option<HashSet<&'p str>> {
        let mut next: Vec<&Package> = self.all.iter().filter(|package| package.is_local).collect();
        if next.is_empty() {
            return None;
        }
        let mut by_name: HashMap<&str, Vec<&Package>> = HashMap::new();
        for package in &self.all {
            by_name.entry(&package.name).or_default().push(package);
        }
        let mut installed = HashSet::new();
        while let Some(package) = next.pop() {
            for (name, marker) in &package.needs {
                if marker.as_deref().is_none_or(|marker| markers.holds(marker)) && installed.insert(name.as_str()) {
                    next.extend(by_name.get(name.as_str()).into_iter().flatten());
                }
            }
        }
        Some(installed)
    }
}

impl Package {
    fn read(table: &DeTable<'_>, format: Format) -> Option<Self> {
        let tables = |key| tables(table, key);
        let last = |path: String| {
            path.rsplit(['/', '\\']).next().unwrap_or_default().split(['#', '?']).next().map(str::to_owned)
        };
        let mut package =
            Self { name: name(table)?, version: string(table, "version").unwrap_or_default(), ..Self::default() };
        match format {
            Format::Uv => {
                let source = table.get("source").and_then(|source| source.get_ref().as_table());
                package.is_local = source.is_some_and(|source| {
                    ["virtual", "editable", "directory"].iter().any(|kind| source.contains_key(*kind))
                });
                package.wheels = tables("wheels")
                    .filter_map(|wheel| last(string(wheel, "url").or_else(|| string(wheel, "filename"))?))
                    .collect();
                package.markers = strings(table.get("resolution-markers").map(|value| value.get_ref()));
                package.needs =
                    tables("dependencies").filter_map(|need| Some((name(need)?, string(need, "marker")))).collect();
            }
            Format::Pylock => {
                package.wheels = tables("wheels")
                    .filter_map(|wheel| last(["name", "url", "path"].iter().find_map(|key| string(wheel, key))?))
                    .collect();
                package.markers.extend(string(table, "marker"));
            }
            Format::Poetry => {
                let groups = strings(table.get("groups").map(|value| value.get_ref()));
                let is_optional = table.get("optional").and_then(|value| value.get_ref().as_bool()) == Some(true);
                let category = string(table, "category");
                if is_optional
                    || category.is_some_and(|name| name != "main")
                    || !(groups.is_empty() || groups.iter().any(|name| name == "main"))
                {
                    return None;
                }
                package.wheels = tables("files")
                    .filter_map(|file| string(file, "file"))
                    .filter(|file| file.ends_with(".whl"))
                    .collect();
                package.markers.extend(string(table, "markers"));
            }
        }
        Some(package)
    }

    /// Whether one of the wheels supports Python `3.minor` on Linux.
    fn has_wheel(&self, minor: u16) -> bool {
        self.wheels.iter().any(|wheel| fits(wheel, minor))
    }
}

/// Whether the wheel called `name` supports Python `3.minor` on Linux (packaging.python.org, "Binary distribution
/// format": `name-version-python-abi-platform.whl`, where each tag can consist of several, separated by dots).
fn fits(name: &str, minor: u16) -> bool {
    let tags: Vec<&str> = name.trim_end_matches(".whl").rsplitn(4, '-').collect();
    let [platforms, abis, pythons, _] = tags.as_slice() else { return false };
    let linux = platforms
        .split('.')
        .any(|platform| platform == "any" || (platform.contains("linux") && !platform.starts_with("musl")));
    let number = |tag: &str, prefix| tag.strip_prefix(prefix).and_then(|digits: &str| digits.parse::<u16>().ok());
    let stable = abis.split('.').any(|abi| abi == "abi3");
    let unbound = abis.split('.').any(|abi| abi == "none");
    let own = format!("cp3{minor}");
    let fits_python = pythons.split('.').any(|python| {
        python == "py3"
            || number(python, "py3").is_some_and(|from| from <= minor)
            || match number(python, "cp3") {
                Some(from) if stable => from <= minor,
                Some(exact) => {
                    exact == minor && (unbound || abis.split('.').any(|abi| abi.trim_end_matches('m') == own))
                }
                None => false,
            }
    });
    linux && fits_python
}

/// Markers and their results, because many packages have the same marker.
struct Markers {
    environment: MarkerEnvironment,
    known: HashMap<String, bool>,
}

impl Markers {
    /// An invalid marker counts as false, so that nothing is reported about its package.
    fn holds(&mut self, marker: &str) -> bool {
        /// The size of a marker in pep508_rs can double with each of these.
        const MAX_CONDITIONS: usize = 8;
        const MAX_LENGTH: usize = 512;
        if let Some(known) = self.known.get(marker) {
            return *known;
        }
        let is_simple = marker.is_ascii()
            && marker.len() <= MAX_LENGTH
            && marker.matches(" in ").count() + marker.matches("extra").count() <= MAX_CONDITIONS;
        let tree = Some(marker).filter(|_| is_simple).and_then(|marker| MarkerTree::from_str(marker).ok());
        let holds = tree.is_some_and(|tree| tree.evaluate(&self.environment, &[]));
        self.known.insert(marker.to_owned(), holds);
        holds
    }
}

/// Python `3.minor` in an image for amd64.
fn environment(minor: u16) -> Option<MarkerEnvironment> {
    let (version, full) = (format!("3.{minor}"), format!("3.{minor}.9"));
    let builder = MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: &full,
        os_name: "posix",
        platform_machine: "x86_64",
        platform_python_implementation: "CPython",
        platform_release: "",
        platform_system: "Linux",
        platform_version: "",
        python_full_version: &full,
        python_version: &version,
        sys_platform: "linux",
    };
    MarkerEnvironment::try_from(builder).ok()
}

/// The name of a package, normalized (PEP 503).
fn name(table: &DeTable<'_>) -> Option<String> {
    Some(PackageName::new(string(table, "name")?).ok()?.to_string())
}

/// The tables in an array of a TOML table.
fn tables<'t>(of: &'t DeTable<'t>, key: &'static str) -> impl Iterator<Item = &'t DeTable<'t>> {
    let list = of.get(key).and_then(|list| list.get_ref().as_array()).into_iter().flatten();
    list.filter_map(|item| item.get_ref().as_table())
}

/// A string in a TOML table.
pub(crate) fn string(of: &DeTable<'_>, key: &str) -> Option<String> {
    of.get(key)?.get_ref().as_str().map(str::to_owned)
}

/// A string of a TOML file, in the last of `tables`, each of which is in the one before it.
pub(crate) fn string_in(text: &str, tables: &[&str], key: &str) -> Option<String> {
    let file = DeTable::parse(text).ok()?;
    let table = tables.iter().try_fold(file.get_ref(), |table, name| table.get(*name)?.get_ref().as_table())?;
    string(table, key)
}

/// The strings in a TOML array.
pub(crate) fn strings(value: Option<&DeValue<'_>>) -> Vec<String> {
    let items = value.and_then(|value| value.as_array()).into_iter().flatten();
    items.filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Format, Packages, fits, string_in};

    #[test]
    fn strings_are_found_in_tables() {
        let text = "a = '1'\n[b]\nc = '2'\n[b.d]\ne = '3'";
        for (tables, key, expected) in
            [(&[][..], "a", Some("1")), (&["b"], "c", Some("2")), (&["b", "d"], "e", Some("3")), (&["d"], "e", None)]
        {
            assert_eq!(string_in(text, tables, key).as_deref(), expected);
        }
    }

    #[test]
    fn wheels_of_a_version() {
        for (name, minor, fitting) in [
            ("x-1-py3-none-any.whl", 14, true),
            ("x-1-py2.py3-none-any.whl", 14, true),
            ("x-1-py2-none-any.whl", 14, false),
            ("x-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", 13, true),
            ("x-1-cp313-cp313-manylinux_2_17_x86_64.whl", 14, false),
            ("x-1-1-cp313-cp313t-manylinux_2_17_x86_64.whl", 13, false),
            ("x-1-cp37-abi3-manylinux2014_x86_64.whl", 14, true),
            ("x-1-cp315-abi3-manylinux2014_x86_64.whl", 14, false),
            ("x-1-cp313-cp313-win_amd64.whl", 13, false),
            ("x-1-cp313-cp313-musllinux_1_1_x86_64.whl", 13, false),
            ("x-1-py3-none-manylinux_2_17_x86_64.whl", 9, true),
            ("x-1-cp37-cp37m-manylinux1_x86_64.whl", 7, true),
            ("x-1-cp313-none-manylinux_2_17_x86_64.whl", 13, true),
            ("nonsense", 13, false),
        ] {
            assert_eq!(fits(name, minor), fitting, "{name} {minor}");
        }
        let packages = Packages::parse("[[package]]\nname = 'A_b..C'\n", Format::Uv).unwrap();
        assert_eq!(packages.names().collect::<Vec<_>>(), ["a-b-c"]);
    }

    #[test]
    fn packages_without_wheels() {
        let wheel =
            |minor: u16| format!("{{url = \"https://h/x-1-cp3{minor}-cp3{minor}-manylinux2014_x86_64.whl#a\"}}");
        let uv = format!(
            "[[package]]\nname = 'shop'\nversion = '0'\nsource = {{virtual = '.'}}\n\
             dependencies = [{{name = 'Core'}}, {{name = 'old', marker = \"python_full_version < '3.13'\"}}, {{name = 'pure'}}]\n\
             [[package]]\nname = 'core'\nversion = '2'\nwheels = [{w}]\n\
             [[package]]\nname = 'old'\nversion = '1'\nwheels = [{w}]\n\
             [[package]]\nname = 'dev'\nversion = '1'\nwheels = [{w}]\n\
             [[package]]\nname = 'pure'\nversion = '1'\nsdist = {{url = 'x'}}\n",
            w = wheel(12)
        );
        let packages = Packages::parse(&uv, Format::Uv).unwrap();
        assert_eq!(packages.without_wheel(13), [("core", "2")]);
        assert!(packages.without_wheel(12).is_empty());
        let poetry = "[[package]]\nname = 'core'\nversion = '2'\noptional = false\ngroups = ['main']\nfiles = [{file = 'core-2-cp312-cp312-manylinux1_x86_64.whl', hash = ''}]\n\
                      [[package]]\nname = 'dev'\nversion = '2'\ngroups = ['dev']\nfiles = [{file = 'core-2-cp312-cp312-manylinux1_x86_64.whl', hash = ''}]\n";
        assert_eq!(Packages::parse(poetry, Format::Poetry).unwrap().without_wheel(13), [("core", "2")]);
        let pylock = "[[packages]]\nname = 'core'\nversion = '2'\nmarker = \"sys_platform == 'linux'\"\nwheels = [{name = 'core-2-cp312-cp312-manylinux1_x86_64.whl'}]\n";
        assert_eq!(Packages::parse(pylock, Format::Pylock).unwrap().without_wheel(13), [("core", "2")]);
        assert!(Packages::parse("[", Format::Uv).is_none());
    }
}

//! The brackets after a path: `./lib/[web]`, `./uv.lock[web,group:prod,package:api]`.

use super::named::is_name;
use crate::diagnostic::rule;
use crate::mopyfile::Invalid;
use crate::redact::excerpt;

/// The selected extras, groups and workspace members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Extras, the optional dependencies of a project.
    pub extras: Vec<String>,
    /// Dependency groups (PEP 735).
    pub groups: Vec<String>,
    /// Members of a workspace, instead of its root.
    pub packages: Vec<String>,
}

impl Selection {
    /// Splits `text` into the path and the brackets after it.
    pub(super) fn split(text: &str) -> Result<(&str, Self), Invalid> {
        let malformed = |message: &str, help: &str| Err(Invalid::new(&rule::MALFORMED_PATH, message, help));
        let (path, list) = match text.split_once('[') {
            Some((path, list)) => (path.trim_end(), Some(list)),
            None => (text, None),
        };
        let list = list.map(|list| list.strip_suffix(']').filter(|list| !list.contains(['[', ']'])));
        if list == Some(None) || path.contains(']') {
            return malformed(
                "brackets must be at the end of a path",
                "use `./lib/[extra]`, or a path without brackets",
            );
        }
        if path.contains(';') {
            return malformed("a path cannot have a marker", "use a path without `;`");
        }
        let mut selection = Self::default();
        for item in list.flatten().iter().flat_map(|list| list.split(',')).map(str::trim) {
            let (names, name) = if let Some(group) = item.strip_prefix("group:") {
                (&mut selection.groups, group)
            } else if let Some(package) = item.strip_prefix("package:") {
                (&mut selection.packages, package)
            } else {
                (&mut selection.extras, item)
            };
            if name.is_empty() {
                return malformed(
                    "the brackets contain an empty name",
                    "write the name of an extra, or remove the brackets",
                );
            }
            if !is_name(name) {
                return malformed(
                    &format!("`{}` is not a valid extra name", excerpt(item)),
                    "separate names with commas; groups are written `group:name`, workspace members `package:name`",
                );
            }
            names.push(name.to_owned());
        }
        Ok((path, selection))
    }

    /// Rejects selections that `kind` does not support, according to `allowed`.
    pub(super) fn only(&self, allowed: AllowedSelection, kind: &str) -> Result<(), Invalid> {
        let refused = [
            (
                &self.packages,
                allowed < AllowedSelection::Packages,
                "no members of a workspace",
                "use the lock file: `./uv.lock[package:name]`",
            ),
            (
                &self.groups,
                allowed < AllowedSelection::Groups,
                "no dependency groups",
                "to install a group, use `./pyproject.toml[group:name]`",
            ),
            (&self.extras, allowed < AllowedSelection::Extras, "no extras", "remove the brackets"),
        ];
        match refused.iter().find(|(names, refused, ..)| *refused && !names.is_empty()) {
            Some((.., what, help)) => Err(Invalid::new(&rule::MALFORMED_PATH, format!("{kind} has {what}"), *help)),
            None => Ok(()),
        }
    }
}

/// What brackets can select. Each variant includes the previous ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AllowedSelection {
    Nothing,
    Extras,
    Groups,
    Packages,
}

//! Package indexes that can be impersonated.

use super::{HTTPS, NETRC};
use crate::diagnostic::{Diagnostic, Diagnostics, rule};
use crate::mopyfile::Mopyfile;
use crate::mopyfile::index::Index;
use crate::source::Located;

pub(super) fn indices(indices: &[Located<Index>], found: &mut Diagnostics) {
    for Located { value: index, span } in indices {
        if index.trust {
            found.add(
                &rule::TRUSTED_INDEX,
                *span,
                format!("the certificate of `{}` is not checked", index.host()),
                "use an index with a valid certificate and leave `trust` out",
            );
        }
        if index.credentials.is_some() {
            found.add(&rule::INLINE_CREDENTIALS, *span, "the index has its credentials in the Mopyfile", NETRC);
        }
        if index.url.scheme() == "http" {
            found.add(&rule::HTTP_INDEX, *span, "packages of this index arrive without encryption", HTTPS);
        }
    }
}

/// pip asks all indexes alike and takes the highest version, whoever has published it.
pub(super) fn confusion(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    let Mopyfile { indices, pip, .. } = mopyfile;
    let extra = indices.iter().find(|index| !index.value.default);
    let floating = pip.iter().find(|entry| entry.value.is_floating());
    let Some((extra, floating)) = extra.zip(floating) else { return };
    let uv = if mopyfile.python.value.has_uv() { "leave `installer: pip` out, as uv protects; otherwise " } else { "" };
    found.push(
        Diagnostic::new(
            &rule::DEPENDENCY_CONFUSION,
            extra.span,
            "pip takes the highest version from any index, so another one can take over the names of this one",
        )
        .related(floating.span, "no version is pinned here")
        .help(format!("{uv}pin versions with `==`, or let one index replace PyPI: `default: true`")),
    );
}

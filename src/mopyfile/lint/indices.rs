//! Package indexes that can be impersonated.

use super::{HTTPS, NETRC};
use crate::diagnostic::{Diagnostics, rule};
use crate::mopyfile::index::Index;
use crate::source::Spanned;

pub(super) fn indices(indices: &[Spanned<Index>], found: &mut Diagnostics) {
    for Spanned { value: index, span } in indices {
        if index.trust {
            found.report(
                &rule::TRUSTED_INDEX,
                *span,
                format!("the certificate of `{}` is not checked", index.host()),
                "use an index with a valid certificate and leave `trust` out",
            );
        }
        if index.credentials.is_some() {
            found.report(&rule::INLINE_CREDENTIALS, *span, "the index has its credentials in the Mopyfile", NETRC);
        }
        if index.url.scheme() == "http" {
            found.report(&rule::HTTP_INDEX, *span, "packages of this index arrive without encryption", HTTPS);
        }
    }
}

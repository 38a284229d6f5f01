//! `mopy schema`.

use super::{Failure, Outcome, print};
use crate::mopyfile::keys;

pub(super) fn run() -> Result<Outcome, Failure> {
    print(&format!("{:#}\n", keys::schema()))
}

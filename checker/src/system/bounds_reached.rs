//! Which bounds have cut behaviour off.

use std::sync::OnceLock;

/// Which bounds have cut something off: a set of names that threads add to without a lock.
#[derive(Default)]
pub(super) struct BoundsReached(pub(super) [OnceLock<&'static str>; 32]);

impl BoundsReached {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().map_while(OnceLock::get).any(|known| *known == name)
    }

    pub(super) fn note(&self, name: &'static str) {
        for slot in &self.0 {
            if *slot.get_or_init(|| name) == name {
                return;
            }
        }
        unreachable!("a system has fewer than 32 bounds");
    }
}

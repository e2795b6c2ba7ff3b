//! Fingerprints of states: 128 bits of a keyed hash of everything a state holds.
//!
//! A state enters the hash through its derived `Hash`, which writes the length of every
//! collection, the discriminant of every variant and the fields in order. Two different states
//! therefore never write the same bytes, and only chance can give them one fingerprint;
//! [`collision_probability`] says how small that chance is. (stateright's own containers write no
//! lengths inside a state, which is why its actor systems merge states that differ.)

use std::hash::Hash;

use siphasher::sip128::{Hasher128, SipHasher13};

/// A 128-bit fingerprint: the same in every run, on every thread and in every process.
pub type Fingerprint = u128;

/// How many bits a [`Fingerprint`] has.
pub const BITS: u32 = Fingerprint::BITS;

// Arbitrary and fixed: a fingerprint in a saved counterexample must mean the same tomorrow.
const KEYS: (u64, u64) = (0x5175_6f72_6174_6531, 0x6669_6e67_6572_7072);

/// The fingerprint of a value.
pub fn fingerprint<T: Hash + ?Sized>(value: &T) -> Fingerprint {
    let mut hasher = SipHasher13::new_with_keys(KEYS.0, KEYS.1);
    value.hash(&mut hasher);
    hasher.finish128().as_u128()
}

/// An upper bound on the probability that at least two of `distinct` states shared a fingerprint
/// of `bits` bits, so that one of them was never explored (the birthday bound).
pub fn collision_probability(distinct: u64, bits: u32) -> f64 {
    let n = distinct as f64;
    (n * (n - 1.0).max(0.0) / 2.0 / 2f64.powi(bits as i32)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_run_together() {
        let left = [vec![1u8], vec![]];
        let right = [vec![], vec![1u8]];
        assert_ne!(fingerprint(&left), fingerprint(&right));
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_run() {
        assert_eq!(fingerprint(&(1u8, "abc")), 219492519597281572644596755223599603978);
    }

    #[test]
    fn the_birthday_bound_is_below_one_in_ten_million_at_a_billion_states() {
        assert!(collision_probability(1_000_000_000, BITS) < 1e-7);
        assert_eq!(collision_probability(0, BITS), 0.0);
        assert_eq!(collision_probability(1, BITS), 0.0);
        assert!((collision_probability(1 << 32, 64) - 0.5).abs() < 1e-6);
    }
}

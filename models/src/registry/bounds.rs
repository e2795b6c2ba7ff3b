//! Bounds: the numbers that make a scope finite.

/// One bound of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundSpec {
    /// Its name for `--set` and in reports.
    pub name: &'static str,
    /// What it bounds.
    pub summary: &'static str,
    /// The smallest value that makes sense.
    pub min: u8,
    /// The largest value that the model can represent.
    pub max: u8,
}

/// The bounds of a protocol as a plain struct, readable and writable by name. Made by
/// [`bounds!`](crate::bounds).
pub trait BoundSet: Clone + Default + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// Each bound, in the order of the fields.
    const SPECS: &'static [BoundSpec];

    /// The value of each, in the same order.
    fn values(&self) -> Vec<u8>;

    /// Sets the bound with this index in [`BoundSet::SPECS`]. The range is the caller's to check.
    fn set(&mut self, index: usize, value: u8);
}

/// Defines the bounds of a protocol: a struct of numbers, each with what it bounds, its range and
/// its default value.
///
/// ```
/// models::bounds! {
///     /// The bounds of a coin.
///     pub struct Bounds {
///         /// tosses in a run
///         tosses: 0..=9 = 2,
///     }
/// }
/// assert_eq!(Bounds::default().tosses, 2);
/// ```
#[macro_export]
macro_rules! bounds {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(#[doc = $summary:literal] $field:ident: $min:literal..=$max:literal = $default:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $(#[doc = $summary] pub $field: u8,)*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)* }
            }
        }

        impl $crate::registry::BoundSet for $name {
            const SPECS: &'static [$crate::registry::BoundSpec] = &[
                $($crate::registry::BoundSpec {
                    name: stringify!($field),
                    summary: $summary.trim_ascii(),
                    min: $min,
                    max: $max,
                },)*
            ];

            fn values(&self) -> Vec<u8> {
                vec![$(self.$field,)*]
            }

            fn set(&mut self, index: usize, value: u8) {
                [$(&mut self.$field,)*].into_iter().nth(index).map(|field| *field = value);
            }
        }
    };
}

//! stateright's conditions are bare `fn` pointers, which can carry no data. A generic function
//! numbered by a constant can still stand for the n-th property of a model.

/// How many properties a model can have.
pub const MOST_PROPERTIES: usize = 64;

/// The array `[f::<T, 0>, f::<T, 1>, …]` with [`MOST_PROPERTIES`] elements.
macro_rules! numbered {
    ($f:ident::<$t:ty>) => {
        $crate::numbered::numbered!(@ $f, $t,
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60
            61 62 63)
    };
    (@ $f:ident, $t:ty, $($n:literal)*) => { [$($f::<$t, $n>),*] };
}

pub(crate) use numbered;

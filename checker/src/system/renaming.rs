//! What a value would be if actors had other names.
//!
//! Symmetry reduction takes states for one that differ in nothing but the names of interchangeable
//! actors ([`Protocol::interchangeable`](super::Protocol::interchangeable)). For that, each
//! component of a state is written as bytes in which every actor already has its new name; no
//! renamed value is ever built. What writes is a serializer, so a protocol says where actors are
//! named, and nothing else:
//!
//! - an actor's index is a [`stateright::actor::Id`], or is serialized by [`actor`];
//! - a list with one element for each actor, by index, is serialized by [`by_actor`];
//! - a list that is kept sorted, or a set, has another order when what is in it is renamed: it is
//!   serialized by [`unordered`]. (A map needs nothing; its entries have no order here.)
//!
//! ```ignore
//! #[serde(serialize_with = "renaming::by_actor")]
//! match_index: Vec<Index>,
//! ```
//!
//! In formats for people, such as JSON, all three are what they would be without.
//!
//! What is forgotten? An index that is not marked keeps its old name, and states would be taken for
//! one that are not. A sorted list that is not marked costs reduction only, and the number of states
//! that are stood for is too large. Both show in the one test that a protocol needs: the states that
//! a search up to renaming stands for are as many as a search without finds. Two different
//! components that are written alike (a field is skipped, say) end a search with an error.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize, Serializer};

// No type has a name with a space in it.
const ACTOR: &str = "quorate actor";
const UNORDERED: &str = "quorate unordered";
const BY_ACTOR: &str = "quorate by actor";
/// stateright's name of an actor.
const ID: &str = "Id";

/// Serializes the index of an actor; in formats for people, as a number.
///
/// # Errors
/// Those of the serializer.
pub fn actor<S: Serializer>(index: usize, serializer: S) -> Result<S::Ok, S::Error> {
    mark(ACTOR, &index, serializer)
}

/// Serializes a list of which the order means nothing, as a multiset.
///
/// # Errors
/// Those of the serializer.
pub fn unordered<T: Serialize + ?Sized, S: Serializer>(
    items: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    mark(UNORDERED, items, serializer)
}

/// Serializes a list with an element for each actor, by index.
///
/// # Errors
/// Those of the serializer.
pub fn by_actor<T: Serialize + ?Sized, S: Serializer>(
    items: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    mark(BY_ACTOR, items, serializer)
}

fn mark<T: Serialize + ?Sized, S: Serializer>(
    name: &'static str,
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match serializer.is_human_readable() {
        true => value.serialize(serializer),
        false => serializer.serialize_newtype_struct(name, value),
    }
}

/// A list of which the order means nothing, as a value.
pub(super) struct Unordered<'a, T: ?Sized>(pub(super) &'a T);

impl<T: Serialize + ?Sized> Serialize for Unordered<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        unordered(self.0, serializer)
    }
}

/// A value as bytes, the actor with index `i` renamed to `by[i]`. Values of one type have the same
/// bytes exactly if they serialize alike and are equal after the renaming. No bytes of one value
/// begin those of another.
///
/// Panics when a value serializes as something that it is not marked as.
pub(crate) fn renamed<T: Serialize + ?Sized>(value: &T, by: &[usize]) -> Vec<u8> {
    bytes(value, by).unwrap_or_else(|unfit| panic!("a value cannot be renamed: {unfit}"))
}

fn bytes<T: Serialize + ?Sized>(value: &T, by: &[usize]) -> Result<Vec<u8>, Unfit> {
    let mut writer = Writer { by, bytes: Vec::new(), mark: None };
    value.serialize(&mut writer)?;
    Ok(writer.bytes)
}

/// Why a value could not be written.
#[derive(Debug)]
struct Unfit(String);

impl Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: Display>(message: T) -> Unfit {
        Unfit(message.to_string())
    }
}

/// What a value begins with.
#[derive(Clone, Copy)]
enum Tag {
    Number,
    Signed,
    Float,
    Wide,
    Actor,
    Text,
    Nothing,
    Some,
    Variant,
    List,
    /// Before each element of a list, and after the last.
    More,
    End,
}

/// What the next value has been marked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Actor,
    Unordered,
    ByActor,
}

struct Writer<'r> {
    by: &'r [usize],
    bytes: Vec<u8>,
    mark: Option<Mark>,
}

impl<'r> Writer<'r> {
    fn tag(&mut self, tag: Tag) -> Result<(), Unfit> {
        self.bytes.push(tag as u8);
        match self.mark.take() {
            None => Ok(()),
            Some(Mark::Actor) => Err(Unfit("the index of an actor is not a number".to_owned())),
            Some(_) => Err(Unfit("what is marked as a list is none".to_owned())),
        }
    }

    fn fixed(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), Unfit> {
        self.tag(tag)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sized(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), Unfit> {
        self.fixed(tag, &(bytes.len() as u64).to_le_bytes())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn unsigned(&mut self, number: u64) -> Result<(), Unfit> {
        if self.mark != Some(Mark::Actor) {
            return self.fixed(Tag::Number, &number.to_le_bytes());
        }
        self.mark = None;
        let renamed = self.position(number as usize) as u64;
        self.fixed(Tag::Actor, &renamed.to_le_bytes())
    }

    /// Who is not an actor of the system, a client for instance, keeps the name.
    fn position(&self, index: usize) -> usize {
        self.by.get(index).copied().unwrap_or(index)
    }

    fn list<'a>(&'a mut self, otherwise: Order) -> Result<List<'a, 'r>, Unfit> {
        let order = match self.mark {
            Some(Mark::Unordered) => Order::None,
            Some(Mark::ByActor) => Order::ByActor,
            Some(Mark::Actor) | None => otherwise,
        };
        self.mark = self.mark.filter(|mark| *mark == Mark::Actor);
        self.tag(Tag::List)?;
        Ok(List { writer: self, order, items: Vec::new() })
    }

    fn variant(&mut self, index: u32) -> Result<(), Unfit> {
        self.fixed(Tag::Variant, &index.to_le_bytes())
    }
}

/// What the order of the elements of a list means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    AsWritten,
    ByActor,
    None,
}

/// A list on its way into a writer.
struct List<'a, 'r> {
    writer: &'a mut Writer<'r>,
    order: Order,
    /// Elements that are not written yet, because their order is another one: the new position,
    /// where there is one, and the bytes.
    items: Vec<(usize, Vec<u8>)>,
}

impl List<'_, '_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        if self.order == Order::AsWritten {
            self.writer.tag(Tag::More)?;
            return value.serialize(&mut *self.writer);
        }
        let position = match self.order {
            Order::ByActor => self.writer.position(self.items.len()),
            _ => 0,
        };
        self.items.push((position, bytes(value, self.writer.by)?));
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unfit> {
        self.writer.tag(Tag::More)?;
        self.writer.sized(Tag::Text, name.as_bytes())?;
        value.serialize(&mut *self.writer)
    }

    fn finish(mut self) -> Result<(), Unfit> {
        self.items.sort_unstable();
        for (position, bytes) in self.items {
            self.writer.fixed(Tag::More, &(position as u64).to_le_bytes())?;
            self.writer.bytes.extend_from_slice(&bytes);
        }
        self.writer.tag(Tag::End)
    }
}

/// Methods that write a value of one of the basic types.
macro_rules! basic {
    ($($method:ident($value:ident: $type:ty) => |$writer:ident| $write:expr;)*) => {
        $(fn $method(self, $value: $type) -> Result<(), Unfit> {
            let $writer = self;
            $write
        })*
    };
}

impl<'a, 'r> Serializer for &'a mut Writer<'r> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = List<'a, 'r>;
    type SerializeTuple = List<'a, 'r>;
    type SerializeTupleStruct = List<'a, 'r>;
    type SerializeTupleVariant = List<'a, 'r>;
    type SerializeMap = List<'a, 'r>;
    type SerializeStruct = List<'a, 'r>;
    type SerializeStructVariant = List<'a, 'r>;

    fn is_human_readable(&self) -> bool {
        false
    }

    basic! {
        serialize_u8(v: u8) => |w| w.unsigned(v.into());
        serialize_u16(v: u16) => |w| w.unsigned(v.into());
        serialize_u32(v: u32) => |w| w.unsigned(v.into());
        serialize_u64(v: u64) => |w| w.unsigned(v);
        serialize_u128(v: u128) => |w| w.fixed(Tag::Wide, &v.to_le_bytes());
        serialize_i8(v: i8) => |w| w.fixed(Tag::Signed, &i64::from(v).to_le_bytes());
        serialize_i16(v: i16) => |w| w.fixed(Tag::Signed, &i64::from(v).to_le_bytes());
        serialize_i32(v: i32) => |w| w.fixed(Tag::Signed, &i64::from(v).to_le_bytes());
        serialize_i64(v: i64) => |w| w.fixed(Tag::Signed, &v.to_le_bytes());
        serialize_i128(v: i128) => |w| w.fixed(Tag::Wide, &v.to_le_bytes());
        serialize_f32(v: f32) => |w| w.fixed(Tag::Float, &f64::from(v).to_le_bytes());
        serialize_f64(v: f64) => |w| w.fixed(Tag::Float, &v.to_le_bytes());
        serialize_bool(v: bool) => |w| w.fixed(Tag::Number, &u64::from(v).to_le_bytes());
        serialize_char(v: char) => |w| w.fixed(Tag::Number, &u64::from(v).to_le_bytes());
        serialize_str(v: &str) => |w| w.sized(Tag::Text, v.as_bytes());
        serialize_bytes(v: &[u8]) => |w| w.sized(Tag::Text, v);
        serialize_unit_struct(_name: &'static str) => |w| w.tag(Tag::Nothing);
    }

    fn serialize_unit(self) -> Result<(), Unfit> {
        self.tag(Tag::Nothing)
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        self.tag(Tag::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        self.tag(Tag::Some)?;
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        match name {
            ACTOR | ID => self.mark = Some(Mark::Actor),
            UNORDERED => self.mark = Some(Mark::Unordered),
            BY_ACTOR => self.mark = Some(Mark::ByActor),
            _ => {}
        }
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &str, index: u32, _: &str) -> Result<(), Unfit> {
        self.variant(index)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.variant(index)?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a, 'r>, Unfit> {
        self.list(Order::AsWritten)
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a, 'r>, Unfit> {
        self.list(Order::AsWritten)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a, 'r>, Unfit> {
        self.list(Order::AsWritten)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<List<'a, 'r>, Unfit> {
        self.variant(index)?;
        self.list(Order::AsWritten)
    }

    /// Entries of a map are distinguished by their keys, in whatever order they come.
    fn serialize_map(self, _: Option<usize>) -> Result<List<'a, 'r>, Unfit> {
        self.mark = None;
        self.list(Order::None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<List<'a, 'r>, Unfit> {
        self.list(Order::AsWritten)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<List<'a, 'r>, Unfit> {
        self.variant(index)?;
        self.list(Order::AsWritten)
    }
}

/// The traits of lists, which differ in the names of their methods only.
macro_rules! lists {
    ($($trait:ident :: $add:ident,)*) => {
        $(impl ser::$trait for List<'_, '_> {
            type Ok = ();
            type Error = Unfit;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
                self.add(value)
            }

            fn end(self) -> Result<(), Unfit> {
                self.finish()
            }
        })*
    };
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// A field is written with its name, because some may be left out.
macro_rules! structs {
    ($($trait:ident,)*) => {
        $(impl ser::$trait for List<'_, '_> {
            type Ok = ();
            type Error = Unfit;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Unfit> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Unfit> {
                self.finish()
            }
        })*
    };
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for List<'_, '_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        self.add(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let value = bytes(value, self.writer.by)?;
        let entry = self.items.last_mut().ok_or_else(|| Unfit("a value without a key".to_owned()));
        entry?.1.extend(value);
        Ok(())
    }

    fn end(self) -> Result<(), Unfit> {
        self.finish()
    }
}

#[cfg(test)]
mod tests;

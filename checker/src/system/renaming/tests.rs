//! Values that are renamed while they are written have the bytes of values that really are.

use std::collections::{BTreeMap, BTreeSet};

use stateright::actor::Id;

use super::*;

const SAME: [usize; 3] = [0, 1, 2];
/// Every renaming of three actors.
const ALL: [[usize; 3]; 6] = [SAME, [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
enum Role {
    Alone,
    Follows(Id),
    Leads {
        #[serde(serialize_with = "by_actor")]
        known: Vec<u8>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
struct Flat {
    vote: Option<Id>,
    #[serde(serialize_with = "unordered")]
    seen: BTreeSet<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
struct Value {
    #[serde(flatten)]
    flat: Flat,
    role: Role,
    by_peer: BTreeMap<Id, Vec<Id>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    two: Option<u8>,
}

impl Value {
    /// The renaming as a protocol author would have to write it.
    fn renamed(&self, by: &[usize]) -> Value {
        let id = |id: &Id| by.get(usize::from(*id)).map_or(*id, |index| Id::from(*index));
        let role = match &self.role {
            Role::Alone => Role::Alone,
            Role::Follows(leader) => Role::Follows(id(leader)),
            Role::Leads { known } => {
                let mut moved = known.clone();
                (0..known.len()).for_each(|index| moved[by[index]] = known[index]);
                Role::Leads { known: moved }
            }
        };
        let entry = |(peer, others): (&Id, &Vec<Id>)| (id(peer), others.iter().map(&id).collect());
        Value {
            flat: Flat {
                vote: self.flat.vote.as_ref().map(&id),
                seen: self.flat.seen.iter().map(&id).collect(),
            },
            role,
            by_peer: self.by_peer.iter().map(entry).collect(),
            ..self.clone()
        }
    }
}

fn ids(indices: &[usize]) -> Vec<Id> {
    indices.iter().map(|index| Id::from(*index)).collect()
}

/// Values in every combination of some forms of each field.
fn values() -> Vec<Value> {
    let roles = [
        Role::Alone,
        Role::Follows(Id::from(1)),
        Role::Follows(Id::from(7)),
        Role::Leads { known: vec![0, 3, 5] },
        Role::Leads { known: vec![3, 3, 5] },
    ];
    let sets: [&[usize]; 4] = [&[], &[2], &[0, 2], &[0, 1, 9]];
    let maps: [&[(usize, &[usize])]; 3] = [&[], &[(0, &[1, 0])], &[(0, &[]), (2, &[0, 1])]];
    let numbers = [(None, None), (Some(1), None), (None, Some(1))];
    let mut values = Vec::new();
    for role in &roles {
        for seen in sets {
            for map in maps {
                for (one, two) in numbers {
                    for vote in [None, Some(Id::from(0)), Some(Id::from(2))] {
                        let by_peer = map.iter().map(|(peer, of)| (Id::from(*peer), ids(of)));
                        values.push(Value {
                            flat: Flat { vote, seen: ids(seen).into_iter().collect() },
                            role: role.clone(),
                            by_peer: by_peer.collect(),
                            one,
                            two,
                        });
                    }
                }
            }
        }
    }
    values
}

#[test]
fn a_renamed_value_has_the_bytes_of_the_value_renamed() {
    for value in values() {
        for by in ALL {
            assert_eq!(
                renamed(&value, &by),
                renamed(&value.renamed(&by), &SAME),
                "{value:?} {by:?}"
            );
        }
    }
}

#[test]
fn different_values_have_different_bytes() {
    for by in ALL {
        let bytes: BTreeSet<_> = values().iter().map(|value| renamed(value, &by)).collect();
        assert_eq!(bytes.len(), values().len());
    }
}

#[test]
fn no_bytes_begin_others() {
    let bytes: Vec<_> = values().iter().map(|value| renamed(value, &SAME)).collect();
    for (index, one) in bytes.iter().enumerate() {
        let begun = bytes.iter().enumerate().filter(|(_, other)| other.starts_with(one));
        assert_eq!(begun.map(|(index, _)| index).collect::<Vec<_>>(), [index]);
    }
}

#[test]
fn the_order_of_a_list_counts_unless_it_is_marked() {
    let (one, two) = (vec![1u8, 2], vec![2u8, 1]);
    assert_ne!(renamed(&one, &SAME), renamed(&two, &SAME));
    assert_eq!(renamed(&Unordered(&one), &SAME), renamed(&Unordered(&two), &SAME));
    assert_ne!(renamed(&Unordered(&one), &SAME), renamed(&Unordered(&vec![1u8, 2, 2]), &SAME));
}

#[test]
#[should_panic(expected = "marked as a list")]
fn what_is_marked_as_a_list_has_to_be_one() {
    renamed(&Unordered(&Some(vec![1u8])), &SAME);
}

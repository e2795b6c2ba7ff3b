//! Events as words.

use super::machine::{Event, Happening, Number};

/// The slots that an event's word can name.
pub(super) const MOST_SLOTS: usize = 1 << 6;

const PAYLOAD: u32 = (1 << 28) - 1;

fn at(kind: u32, slot: usize, rest: usize) -> u32 {
    assert!(slot < MOST_SLOTS && rest < 1 << 22, "an event does not fit into a word");
    kind << 28 | (slot as u32) << 22 | rest as u32
}

/// An event as a word: its kind in the top four bits. `slot` is that of the actor to which it
/// happens, where it is no message. The words of messages mean something only within one search.
pub(super) fn word(slot: usize, event: Event<Number>) -> u32 {
    match event {
        Event::Deliver(number) | Event::Own(Happening::Message(number)) => number,
        Event::Duplicate(number) => 1 << 28 | number,
        Event::Drop(number) => 2 << 28 | number,
        Event::Own(Happening::Timeout(index)) => at(3, slot, index as usize),
        Event::Own(Happening::Random(choice, index)) => {
            assert!(index < 1 << 14, "a random choice among more than 16,384 values");
            at(4, slot, (choice as usize) << 14 | index as usize)
        }
        Event::Own(Happening::Client(number)) => at(5, slot, usize::from(number)),
        Event::Own(Happening::Crash) => at(6, slot, 0),
        Event::Own(Happening::Restart) => at(7, slot, 0),
    }
}

/// The event that a word stands for, and the slot where it is no message.
pub(super) fn event(word: u32) -> (usize, Event<Number>) {
    let number = word & PAYLOAD;
    let (slot, rest) = ((number >> 22) as usize, number & ((1 << 22) - 1));
    let event = match word >> 28 {
        0 => Event::Deliver(number),
        1 => Event::Duplicate(number),
        2 => Event::Drop(number),
        3 => Event::Own(Happening::Timeout(rest)),
        4 => Event::Own(Happening::Random(rest >> 14, rest & ((1 << 14) - 1))),
        5 => Event::Own(Happening::Client(rest as u8)),
        6 => Event::Own(Happening::Crash),
        _ => Event::Own(Happening::Restart),
    };
    (slot, event)
}

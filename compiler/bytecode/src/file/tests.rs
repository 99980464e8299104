//! What is written is read back; what was altered never is, and nothing makes the reader panic.

use super::{FileError, HEADER, MAX_PAYLOAD, content_hash, hash, payload, read, write};
use crate::sample::sample;
use crate::{Coercion, Op, Program, S, V, disassemble, verify};

#[test]
fn a_program_is_read_back() {
    let program = sample();
    let bytes = write(&program);
    assert_eq!(read(&bytes).expect("it was just written"), program);
    assert_eq!(write(&program), bytes);
    assert_eq!(content_hash(&program), hash(&bytes[HEADER..]));
    let mut other = sample();
    other.scalars[0] += 1;
    assert_ne!(content_hash(&program), content_hash(&other));
}

#[test]
fn each_damage_has_its_error() {
    let good = write(&sample());
    assert!(matches!(read(b"workflow x {}"), Err(FileError::NotAProgram)));
    assert!(matches!(read(b""), Err(FileError::NotAProgram)));
    for end in 4..good.len() {
        assert!(matches!(read(&good[..end]), Err(FileError::Truncated { .. })), "cut at {end}");
    }
    let mut version = good.clone();
    version[4] = 9;
    assert!(matches!(read(&version), Err(FileError::Version { found: 9 })));
    let mut large = good.clone();
    large[8..16].copy_from_slice(&(MAX_PAYLOAD + 1).to_le_bytes());
    assert!(matches!(read(&large), Err(FileError::TooLarge { .. })));
    let mut longer = good.clone();
    longer.push(0);
    assert!(read(&longer).is_err());
    let mut altered = good.clone();
    *altered.last_mut().expect("a file has bytes") ^= 1;
    assert!(matches!(read(&altered), Err(FileError::Altered)));
    let mut broken = sample();
    broken.functions[0].code[0] = Op::MoveScalar { dst: S(9), src: S(0) };
    assert!(matches!(read(&write(&broken)), Err(FileError::Invalid(_))));
    assert!(matches!(read(&sealed(b"\xff\xff\xff")), Err(FileError::Malformed { .. })));
}

/// A payload in a file with the right header.
fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = write(&Program::default());
    bytes.truncate(HEADER);
    bytes[8..16].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes[16..HEADER].copy_from_slice(&hash(payload));
    bytes.extend_from_slice(payload);
    bytes
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

#[test]
fn bytes_turned_at_random_never_make_the_reader_panic() {
    let good = payload(&sample());
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut read_back = 0;
    for _ in 0..5_000 {
        let mut bytes = good.clone();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(bytes.len());
            bytes[at] = match dice.roll(3) {
                0 => bytes[at] ^ (1 << dice.roll(8)),
                1 => dice.roll(256) as u8,
                _ => dice.roll(8) as u8,
            };
        }
        if let Ok(program) = read(&sealed(&bytes)) {
            read_back += 1;
            assert_eq!(verify(&program), Ok(()));
            disassemble(&program);
        } else if let Ok(program) = postcard::from_bytes::<Program>(&bytes) {
            disassemble(&program);
        }
    }
    // Names and places may be anything; most of the rest may not.
    assert!((30..4_000).contains(&read_back), "{read_back}");
}

#[test]
fn instructions_from_elsewhere_never_make_the_verifier_panic() {
    let good = sample();
    let all: Vec<Op> = good.functions.iter().flat_map(|f| f.code.clone()).collect();
    let mut dice = Dice(42);
    for _ in 0..5_000 {
        let mut program = good.clone();
        let function = dice.roll(program.functions.len());
        let code = &mut program.functions[function].code;
        let at = dice.roll(code.len());
        code[at] = match dice.roll(4) {
            0 => Op::Jump { to: dice.roll(30) as u32 },
            1 => Op::Call {
                function: dice.roll(5) as u16,
                scalars: dice.roll(70_000) as u16,
                values: dice.roll(9) as u16,
            },
            2 => Op::MakeList { dst: V(0), first: V(dice.roll(9) as u16), count: u16::MAX },
            _ => all[dice.roll(all.len())],
        };
        let verified = verify(&program);
        let text = disassemble(&program);
        assert!(verified.is_err() || !text.contains('?'), "{text}");
    }
}

#[test]
fn deep_coercions_are_refused_before_they_are_built() {
    let nested = |depth: usize| {
        let mut plan = Coercion::Json;
        for _ in 1..depth {
            plan = Coercion::Optional(Box::new(plan));
        }
        Program { coercions: vec![plan], ..Program::default() }
    };
    assert!(read(&write(&nested(Coercion::MAX_DEPTH))).is_ok());
    let deep = write(&nested(Coercion::MAX_DEPTH + 1));
    assert!(matches!(read(&deep), Err(FileError::Malformed { .. })));
    let deeper = write(&nested(1_000));
    assert!(matches!(read(&deeper), Err(FileError::Malformed { .. })));
}

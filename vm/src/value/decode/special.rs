//! Where a JSON text has bytes that mean something in a string: found for many bytes at a time.
//!
//! The places are listed in wide registers, block by block, before they are asked for: for a payload
//! of 13 kB with its 1,000 quotes in less than a microsecond. A string then ends at the next place.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// The bytes of a block.
const BLOCK: usize = 64;
/// How many bytes of the text are listed at a time, so that the list stays small and near. Tests go
/// from one part to the next more often.
const WINDOW: usize = if cfg!(debug_assertions) { 2 * BLOCK } else { 64 * BLOCK };
/// Shorter texts are not listed: their strings are looked through one by one.
const SHORT: usize = if cfg!(debug_assertions) { 20 } else { 256 };

/// The places of quotes, backslashes and control characters in a part of a text.
#[derive(Debug, Default)]
pub(super) struct Specials {
    /// Counted from where the part begins.
    places: Vec<u16>,
    /// How many of them count.
    count: usize,
    /// The one that is next.
    next: usize,
    /// Where the part begins.
    start: usize,
    /// The byte behind the part.
    end: usize,
}

/// Where among the places a bookmark was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    next: usize,
    start: usize,
}

impl Specials {
    /// The first place from a byte of the text on. The bytes ascend from call to call, but for
    /// [`Self::reset`].
    #[inline]
    pub(super) fn from(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if text.len() < SHORT {
            return plain_length(text.get(at..)?).map(|length| at + length);
        }
        loop {
            let (start, ahead) = self.ahead();
            match ahead.first().map(|place| start + usize::from(*place)) {
                Some(place) if place >= at => return Some(place),
                Some(_) => self.next += 1,
                None if self.end >= text.len() => return None,
                None => self.list(text, self.end.max(at)),
            }
        }
    }

    /// The places that are listed already, from the next one on, and where they are counted from.
    #[inline]
    pub(super) fn ahead(&self) -> (usize, &[u16]) {
        (self.start, self.places.get(self.next..self.count).unwrap_or_default())
    }

    /// Goes past so many of [`Self::ahead`].
    #[inline]
    pub(super) fn pass(&mut self, count: usize) {
        self.next += count;
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { next: self.next, start: self.start }
    }

    /// Goes back to where the text was at a byte when the mark was made.
    pub(super) fn reset(&mut self, mark: Mark, at: usize) {
        if mark.start == self.start {
            self.next = mark.next;
        } else {
            (self.next, self.count) = (0, 0);
            (self.start, self.end) = (at, at);
        }
    }

    /// Lists the places of the next part.
    #[cold]
    #[inline(never)]
    fn list(&mut self, text: &[u8], start: usize) {
        let part = text.get(start..).unwrap_or_default();
        let part = part.get(..WINDOW).unwrap_or(part);
        (self.start, self.end) = (start, start + part.len());
        (self.next, self.count) = (0, 0);
        self.list_at(Level::new(), part);
    }

    fn list_at(&mut self, level: Level, part: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = level.as_avx512() {
            compressed::list(simd, self, part);
            return;
        }
        dispatch!(level, simd => self.list_with(simd, part));
    }

    #[inline(always)]
    fn list_with<S: Simd>(&mut self, simd: S, part: &[u8]) {
        simd.vectorize(
            #[inline(always)]
            || {
                each_block(part, |first, block| {
                    let bytes = u8x64::from_slice(simd, block);
                    let is = |byte: u8| bytes.simd_eq(u8x64::splat(simd, byte));
                    let control = bytes.simd_lt(u8x64::splat(simd, 0x20));
                    self.push(first, (is(b'"') | is(b'\\') | control).to_bitmask());
                });
            },
        );
    }

    /// Where the places of a block may be written.
    #[inline(always)]
    fn free(&mut self) -> &mut [u16; BLOCK] {
        if self.places.len() < self.count + BLOCK {
            self.grow();
        }
        let free = self.places.get_mut(self.count..).and_then(|free| free.first_chunk_mut());
        free.expect("the list has grown")
    }

    /// Adds the places of a block, a bit for each byte.
    #[inline(always)]
    fn push(&mut self, first: u16, mut bits: u64) {
        /// So many places are written without asking whether they are there: most blocks have
        /// fewer, and a jump that is mostly guessed wrong costs more.
        const FEW: usize = 8;
        let count = bits.count_ones() as usize;
        let (few, many) = self.free().split_at_mut(FEW);
        for place in few {
            *place = first.wrapping_add(bits.trailing_zeros() as u16);
            bits &= bits.wrapping_sub(1);
        }
        if count > FEW {
            for place in many.iter_mut().take(count - FEW) {
                *place = first.wrapping_add(bits.trailing_zeros() as u16);
                bits &= bits.wrapping_sub(1);
            }
        }
        self.count += count;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.places.resize((self.count * 2 + BLOCK).max(WINDOW / 8), 0);
    }
}

/// Hands over each block of a part of a text, the last one filled up with blanks, and where it is.
#[inline(always)]
fn each_block(part: &[u8], mut take: impl FnMut(u16, &[u8; BLOCK])) {
    let (blocks, rest) = part.as_chunks::<BLOCK>();
    let mut first = 0;
    for block in blocks {
        take(first, block);
        first += BLOCK as u16;
    }
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    take(first, &last);
}

/// The same for processors that compress a register by a mask: half the time.
#[cfg(target_arch = "x86_64")]
mod compressed {
    use std::arch::x86_64::{
        _mm512_add_epi16, _mm512_castsi512_si256, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask,
        _mm512_cvtepu8_epi16, _mm512_extracti64x4_epi64, _mm512_maskz_compress_epi8,
        _mm512_set1_epi8, _mm512_set1_epi16,
    };

    use fearless_simd::{prelude::*, u8x64, u16x32};

    use super::{BLOCK, Specials, each_block};

    const HALF: usize = BLOCK / 2;

    /// The places in a block.
    const PLACES: [u8; BLOCK] = {
        let mut places = [0; BLOCK];
        let mut place = 0;
        while place < BLOCK {
            places[place] = place as u8;
            place += 1;
        }
        places
    };

    fearless_simd::kernel!(
        pub(super) fn list(simd: Avx512, specials: &mut Specials, part: &[u8]) {
            let (quote, escape) = (_mm512_set1_epi8(0x22), _mm512_set1_epi8(0x5c));
            let blank = _mm512_set1_epi8(0x20);
            let places = u8x64::from_slice(simd, &PLACES).into();
            each_block(
                part,
                #[inline(always)]
                |first, block| {
                    let bytes = u8x64::from_slice(simd, block).into();
                    let bits = _mm512_cmpeq_epi8_mask(bytes, quote)
                        | _mm512_cmpeq_epi8_mask(bytes, escape)
                        | _mm512_cmplt_epu8_mask(bytes, blank);
                    let count = bits.count_ones() as usize;
                    let found = _mm512_maskz_compress_epi8(bits, places);
                    let first = _mm512_set1_epi16(first as i16);
                    let (few, many) = specials.free().split_at_mut(HALF);
                    let half = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(found));
                    let half: u16x32<_> = _mm512_add_epi16(half, first).simd_into(simd);
                    half.store_slice(few);
                    if count > HALF {
                        let half = _mm512_extracti64x4_epi64::<1>(found);
                        let half = _mm512_cvtepu8_epi16(half);
                        let half: u16x32<_> = _mm512_add_epi16(half, first).simd_into(simd);
                        half.store_slice(many);
                    }
                    specials.count += count;
                },
            );
        }
    );
}

/// How many bytes come before the first one that means something in a string: a quote, a backslash,
/// or a control character.
#[inline]
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = special_of_word(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let special = |b: &u8| (*b == b'"') | (*b == b'\\') | (*b < 0x20);
    rest.iter().position(special).map(|at| words.len() * 8 + at)
}

/// The highest bit of each byte that means something in a string; right up to the first one.
#[inline]
fn special_of_word(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let (quote, escape) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero(quote) | zero(escape) | control) & HIGH
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;

    use super::{SHORT, Specials, WINDOW, plain_length};

    /// The places as bytes are looked at one by one.
    fn places(text: &[u8]) -> Vec<usize> {
        let special = |at: &usize| matches!(text[*at], b'"' | b'\\' | 0..0x20);
        (0..text.len()).filter(special).collect()
    }

    fn listed(text: &[u8]) -> Vec<usize> {
        let (mut specials, mut at) = (Specials::default(), 0);
        std::iter::from_fn(|| {
            let place = specials.from(text, at)?;
            at = place + 1;
            Some(place)
        })
        .collect()
    }

    /// Bytes of all kinds, those that mean something more or less often.
    fn bytes(length: usize, share: usize) -> Vec<u8> {
        let mut state = length as u64 * 0x9e37_79b9 + share as u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize
        };
        let special = [b'"', b'\\', 0, b'\n', 0x1f];
        let plain = [0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0x9f, 0xa2, 0xdc, 0xff, b'a'];
        (0..length)
            .map(|_| if next() % share == 0 { special[next() % 5] } else { plain[next() % 12] })
            .collect()
    }

    #[test]
    fn all_places_are_found_in_texts_of_any_length() {
        let lengths = (0..200).chain(SHORT - 2..SHORT + 140);
        let lengths = lengths.chain([WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 77]);
        for length in lengths {
            for share in [1, 2, 9, 400] {
                let text = bytes(length, share);
                assert_eq!(listed(&text), places(&text), "{length} {share}");
            }
        }
    }

    #[test]
    fn processors_of_any_kind_find_the_same() {
        let levels = [Some(Level::new()), Some(Level::baseline())];
        #[cfg(target_arch = "x86_64")]
        let levels = {
            let of = |find: fn(Level) -> Level| Some(find(Level::new()));
            let [new, baseline] = levels;
            let narrow = of(|level| level.as_avx2().map_or(level, Level::Avx2));
            [new, baseline, narrow]
        };
        for length in [0, 1, 63, 64, 65, 1_000, WINDOW] {
            for share in [1, 2, 9, 400] {
                let text = bytes(length, share);
                for level in levels.into_iter().flatten() {
                    let mut specials = Specials::default();
                    specials.list_at(level, &text);
                    let found = specials.ahead().1.iter().map(|place| usize::from(*place));
                    assert!(found.eq(places(&text)), "{length} {share} {level:?}");
                }
            }
        }
    }

    #[test]
    fn strings_end_at_the_first_byte_that_means_something() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0, 0x1f] {
                let mut bytes = vec![b' '; length];
                assert_eq!(plain_length(&bytes), None);
                bytes.push(special);
                bytes.extend([0x80, 0xff, b'"', b'!', 0x7f].repeat(8));
                assert_eq!(plain_length(&bytes), Some(length), "{special}");
            }
        }
        assert_eq!(plain_length(&[0x80, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0xff].repeat(9)), None);
    }

    #[test]
    fn one_can_go_back_from_anywhere() {
        let text = bytes(3 * WINDOW, 40);
        let places = places(&text);
        let mut specials = Specials::default();
        for (round, step) in [1, 7, 40, WINDOW, WINDOW + 9, 2 * WINDOW].into_iter().enumerate() {
            for at in (0..text.len() - step).step_by(WINDOW / 5 + round) {
                let first = |at: usize| places.iter().copied().find(|place| *place >= at);
                assert_eq!(specials.from(&text, at), first(at));
                let mark = specials.mark();
                assert_eq!(specials.from(&text, at + step), first(at + step));
                specials.reset(mark, at);
                assert_eq!(specials.from(&text, at), first(at));
            }
            specials = Specials::default();
        }
    }

    #[test]
    fn bytes_that_are_gone_past_need_not_be_listed() {
        let text = bytes(5 * WINDOW, 30);
        let mut specials = Specials::default();
        let at = 4 * WINDOW + 5;
        let expected = places(&text).into_iter().find(|place| *place >= at);
        assert_eq!(specials.from(&text, at), expected);
        assert_eq!(specials.start, at);
    }
}

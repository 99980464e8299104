//! The document between the walk and the printer: texts, line ends, indentations and groups, in
//! one flat list.
//!
//! A group is printed on one line where it fits, else its own line ends are real ones. A group may
//! *hug* its last part: then the part alone is broken, and what stands around it stays on its
//! lines, as in `map(x => {` … `})`.

/// The number of a group.
pub(crate) type GroupId = u32;

/// A piece of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elem {
    /// Characters of the source.
    Text(u32, u32),
    /// The comment of this number.
    Note(usize),
    /// A text of the formatter's own.
    Static(&'static str),
    /// So many blanks where its group is broken.
    Pad(usize),
    /// A comma where its group is not broken.
    Comma,
    /// Where a line may end.
    Line(Line),
    /// What follows is indented.
    Indent(Indent),
    /// The indentation ends.
    Dedent,
    /// A group begins.
    Group(GroupId),
    /// A group ends.
    End,
    /// The part of its group begins that may be hugged.
    Hug,
}

/// Where a line may end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// Nothing, or a line end where its group is broken.
    Soft,
    /// A blank, or a line end where its group is broken.
    Space,
    /// A blank, or a line end where that group is broken.
    IfBroken(GroupId),
    /// A blank where that group is broken, else as [`Line::Space`].
    UnlessBroken(GroupId),
    /// A comma and a blank; where its group is broken and what follows has no room, a line end.
    Row,
    /// A blank; where its group is broken and what follows has no room, a line end.
    Fill,
    /// A line end.
    Hard,
    /// A line end and an empty line.
    Blank,
}

/// When an indentation holds; never where its group is on one line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Indent {
    /// Where its group is broken.
    Broken,
    /// Where its group is broken and that one is not.
    Unless(GroupId),
}

/// Whether a group may hug its last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hug {
    /// It can't.
    No,
    /// Where that part has line ends in any case.
    Forced,
    /// Also where the whole is too long for one line.
    Long,
}

/// What is known of a group before it is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Whether it is broken in any case.
    pub(crate) forced: bool,
    /// Whether the part that may be hugged is.
    pub(crate) forced_inside: bool,
    /// Whether it may hug.
    pub(crate) hug: Hug,
}

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Doc {
    /// Its pieces.
    pub(crate) elems: Vec<Elem>,
    /// Its groups.
    pub(crate) groups: Vec<Group>,
    /// The groups that are open, and whether in the part that may be hugged.
    open: Vec<(GroupId, bool)>,
}

impl Doc {
    pub(crate) fn push(&mut self, elem: Elem) {
        self.elems.push(elem);
    }

    /// Begins a group.
    pub(crate) fn begin(&mut self, hug: Hug) -> GroupId {
        let id = self.groups.len() as GroupId;
        self.groups.push(Group { forced: false, forced_inside: false, hug });
        self.open.push((id, false));
        self.push(Elem::Group(id));
        id
    }

    /// Begins the part of the current group that may be hugged; it reaches to the group's end but
    /// for what closes it.
    pub(crate) fn hug(&mut self) {
        if let Some((_, inside)) = self.open.last_mut() {
            *inside = true;
        }
        self.push(Elem::Hug);
    }

    /// Ends that part.
    pub(crate) fn end_hug(&mut self) {
        if let Some((_, inside)) = self.open.last_mut() {
            *inside = false;
        }
    }

    /// Ends the current group.
    pub(crate) fn end(&mut self) {
        self.open.pop();
        self.push(Elem::End);
    }

    /// Breaks all groups that are open.
    pub(crate) fn force(&mut self) {
        for (id, inside) in self.open.iter().rev() {
            let Some(group) = self.groups.get_mut(*id as usize) else { continue };
            // Those around it are broken since then.
            let known = group.forced || group.forced_inside;
            if *inside {
                group.forced_inside = true;
            } else {
                group.forced = true;
            }
            if known {
                break;
            }
        }
    }
}

package cure

import "time"

// TicketSource is the source under which tags of built-in tickets are said.
const TicketSource Source = "tickets/built-in"

// Ticket is a note of an analyst about what is being looked into. The tags that
// it gives to observables are annotations of [TicketSource]. It is data like
// any other: graded, and seen by those only who may see its grade.
type Ticket struct {
	ID       string          `json:"id,omitempty"` // TT-1, TT-2 …
	Title    string          `json:"title"`
	Text     string          `json:"text,omitempty"`
	Closed   bool            `json:"closed,omitempty"`
	Author   string          `json:"author,omitempty"` // key
	Name     string          `json:"name,omitempty"`   // of the key
	Org      string          `json:"org,omitempty"`    // of the author
	Marking  Marking         `json:"marking,omitzero"`
	Created  time.Time       `json:"created,omitzero"`
	Changed  time.Time       `json:"changed,omitzero"`
	From     TicketOrigin    `json:"from,omitzero"`
	Holds    []Observable    `json:"holds,omitempty"` // what the records of its origin name
	Tags     []TicketTag     `json:"tags,omitempty"`
	Comments []TicketComment `json:"comments,omitempty"`
}

// TicketOrigin says where a ticket came from: what stood before the analyst who
// opened it. Zero: nothing but what they knew.
type TicketOrigin struct {
	Page    string     `json:"page,omitempty"`    // of the hub, as in "alerts"
	About   Observable `json:"about,omitzero"`    // that was chosen
	Records []string   `json:"records,omitempty"` // by ID, or as a sighting names them
	Sources []Source   `json:"sources,omitempty"` // that said those
	Left    int        `json:"left,omitempty"`    // observations of those that the ticket has no room for
}

// IsZero reports whether nothing is known of the origin.
func (o TicketOrigin) IsZero() bool {
	return o.Page == "" && o.About.IsZero() && len(o.Records)+len(o.Sources) == 0
}

// TicketTag says that an analyst holds an observable for something.
type TicketTag struct {
	Observable Observable `json:"observable"`
	Tag        Observable `json:"tag"`
	Reason     string     `json:"reason,omitempty"`
	Name       string     `json:"name,omitempty"` // of the key
	Time       time.Time  `json:"time,omitzero"`
}

// TicketComment is what somebody added.
type TicketComment struct {
	Text string    `json:"text"`
	Name string    `json:"name,omitempty"` // of the key
	Time time.Time `json:"time,omitzero"`
}

// TicketChange is one step in the life of a ticket; what is empty stays as it
// is.
type TicketChange struct {
	Tag     *TicketTag     `json:"tag,omitempty"`
	Comment *TicketComment `json:"comment,omitempty"`
	Close   bool           `json:"close,omitempty"`
}

// Bounds of a ticket: bytes of a title, of a text, and parts.
const (
	MaxTicketTitle = 300
	MaxTicketText  = 16 << 10
	MaxTicketParts = 1000
	MaxTicketHolds = 200 // values, and
	MaxTicketFrom  = 20  // records, that a ticket brings along
)

// Check returns nil when the ticket can be kept, else an Invalid error.
func (t *Ticket) Check() error {
	if t.Title == "" || len(t.Title) > MaxTicketTitle || len(t.Text) > MaxTicketText {
		return Errorf(Invalid, "ticket: a title of 1 to %d bytes and a text of at most %d", MaxTicketTitle, MaxTicketText)
	}
	if err := t.From.check(); err != nil {
		return err
	}
	if len(t.Holds) > MaxTicketHolds {
		return Errorf(Invalid, "ticket: %d values, want at most %d", len(t.Holds), MaxTicketHolds)
	}
	for _, o := range t.Holds {
		if err := o.Check(); err != nil {
			return err
		}
	}
	return t.Marking.Check()
}

func (o *TicketOrigin) check() error {
	if len(o.Records) > MaxTicketFrom || len(o.Sources) > MaxTicketFrom || len(o.Page) > maxOwner {
		return Errorf(Invalid, "ticket: from %d records of %d sources, want at most %d of each", len(o.Records), len(o.Sources), MaxTicketFrom)
	}
	for _, r := range o.Records {
		if r == "" || len(r) > maxRecordRef {
			return Errorf(Invalid, "ticket: a record of %d bytes, want its id", len(r))
		}
	}
	for _, s := range o.Sources {
		if err := s.Check(); err != nil {
			return err
		}
	}
	if o.About.IsZero() {
		return nil
	}
	return o.About.Check()
}

// maxRecordRef bounds how a record is named in bytes.
const maxRecordRef = 256

// Check returns nil when the change can be made, else an Invalid error.
func (c *TicketChange) Check() error {
	switch {
	case c.Tag != nil:
		if err := c.Tag.Observable.Check(); err != nil {
			return err
		}
		if k := c.Tag.Tag.Kind; k != KindTag && k != KindCVE || c.Tag.Tag == c.Tag.Observable {
			return Errorf(Invalid, "ticket: %s is no tag for %s", c.Tag.Tag, c.Tag.Observable)
		}
		if len(c.Tag.Reason) > MaxReason {
			return Errorf(Invalid, "ticket: a reason of more than %d bytes", MaxReason)
		}
		return c.Tag.Tag.Check()
	case c.Comment != nil:
		if c.Comment.Text == "" || len(c.Comment.Text) > MaxTicketText {
			return Errorf(Invalid, "ticket: a comment of 1 to %d bytes", MaxTicketText)
		}
	case !c.Close:
		return Errorf(Invalid, "ticket: nothing to change")
	}
	return nil
}

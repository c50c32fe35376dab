package cure

// Relation says how a tag belongs to the subject of an [Annotation].
type Relation uint8

// The relations. Their numbers are part of the batch format and of snapshots;
// there is room for 127.
const (
	RelationTag   Relation = iota // the subject carries the tag
	RelationAlias                 // subject and tag, both tags, are names of one thing
	RelationUses                  // the subject, a tag, uses what the tag names: a group a technique
	relationEnd
)

var relationNames = []string{"", "alias", "uses"}

// Valid reports whether r is in the table.
func (r Relation) Valid() bool { return r < relationEnd }

// String returns the relation's name, "" for the plain one.
func (r Relation) String() string { return nameOf(relationNames, int(r)) }

// MarshalText writes the name.
func (r Relation) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name; "" is the plain one.
func (r *Relation) UnmarshalText(b []byte) error {
	return parseName(r, relationNames, string(b), "relation")
}

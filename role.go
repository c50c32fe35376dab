package cure

// Role says what part an observable played in what was observed. Only hostile
// roles raise a score; a third party is "observed as …", never "attacker".
type Role uint8

// The roles. Their numbers are part of the batch format and of snapshots.
const (
	RoleUnknown  Role = iota
	RoleScanner       // looks for services
	RoleInfected      // a host that attacks as a bot does
	RoleLoader        // hands out malware
	RoleC2            // commands bots
	RoleSender        // sent the mail
	RoleVictim        // is attacked
	RoleSpoofed       // its name or address was forged
	RoleTarget        // what was aimed at: port, host, account
	RoleSinkhole      // run by defenders
	RoleOwn           // ours
	RoleTool          // file, command or fingerprint the actor used
	roleEnd
)

var roleNames = []string{
	"unknown", "scanner", "infected", "loader", "c2", "sender", "victim",
	"spoofed", "target", "sinkhole", "own", "tool",
}

// Roles returns all roles.
func Roles() []Role {
	all := make([]Role, roleEnd)
	for i := range all {
		all[i] = Role(i)
	}
	return all
}

// Valid reports whether r is in the table.
func (r Role) Valid() bool { return r < roleEnd }

// String returns the role's name.
func (r Role) String() string { return nameOf(roleNames, int(r)) }

// Hostile reports whether the role counts against the observable.
func (r Role) Hostile() bool {
	switch r {
	case RoleInfected, RoleLoader, RoleC2, RoleSender, RoleTool:
		return true
	}
	return false
}

// MarshalText writes the name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name; "" is unknown.
func (r *Role) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = RoleUnknown
		return nil
	}
	return parseName(r, roleNames, string(b), "role")
}

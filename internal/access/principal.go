package access

import "github.com/opencure/cure/client"

// Who acts and what they may see, in the shapes that the public client reads.
type (
	// Role says what a key may do.
	Role = client.Role
	// Principal is who acts: the holder of a key.
	Principal = client.Principal
	// KeySpec is what a new key shall be.
	KeySpec = client.KeySpec
	// Key is what is known of a key: everything but its secret.
	Key = client.Key
	// Org is an organisation and what it may see.
	Org = client.Org
	// AuditEvent is one change or one look at RED.
	AuditEvent = client.AuditEvent
)

// The roles.
const (
	RoleAdmin     = client.RoleAdmin
	RoleAnalyst   = client.RoleAnalyst
	RoleReader    = client.RoleReader
	RolePublisher = client.RolePublisher
)

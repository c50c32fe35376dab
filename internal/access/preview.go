package access

import "github.com/opencure/cure"

// lookingAs stands between the key of who looks and the organisation it looks
// as; no id of a key holds a space.
const lookingAs = " as "

// Preview returns a reader of an organisation, for an administrator of the own
// one who wants to see what that organisation sees. The reader may do nothing
// else, sees no more than a key of the organisation could, and is named after
// both in the audit.
func (r *Registry) Preview(by Principal, org string) (Principal, error) {
	if err := r.admin(by); err != nil {
		return Principal{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.orgs[by.Org].Own {
		return Principal{}, cure.Errorf(cure.Denied, "only the own organisation may look as another")
	}
	o, ok := r.orgs[org]
	if !ok {
		return Principal{}, cure.Errorf(cure.NotFound, "no organisation %.80q", org)
	}
	max := o.MaxTLP
	if o.Own {
		max = by.MaxTLP
	}
	return Principal{Key: by.Key + lookingAs + org, Name: by.Name, Org: org, Role: RoleReader, MaxTLP: min(max, by.MaxTLP)}, nil
}

package taxii

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// discovery is the answer of a server, and of an API root.
type discovery struct {
	Title    string   `json:"title"`
	Default  string   `json:"default"`
	APIRoots []string `json:"api_roots"`
	Versions []string `json:"versions"` // of an API root
}

// collection is one that a root offers.
type collection struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Alias   string `json:"alias"`
	CanRead bool   `json:"can_read"`
}

// find returns the address of the collection's objects, with a slash at its
// end. Roots on other hosts are not followed.
func (s *session) find(ctx context.Context) (string, error) {
	address := strings.TrimSuffix(s.c.Target.URL, "/") + "/"
	if strings.HasSuffix(address, "/objects/") {
		return address, nil
	}
	if before, last, ok := strings.Cut(strings.TrimSuffix(address, "/"), "/collections/"); ok && !strings.Contains(last, "/") && before != "" {
		return address + "objects/", nil
	}
	body, _, err := s.get(ctx, address)
	if err != nil {
		return "", err
	}
	var d discovery
	if err := json.Unmarshal(body, &d); err != nil {
		return "", cure.Errorf(cure.Unavailable, "server is no TAXII server: %w", err)
	}
	roots := []string{address}
	if len(d.APIRoots) > 0 || d.Default != "" {
		roots = s.roots(address, &d)
	}
	for _, root := range roots {
		objects, err := s.search(ctx, root)
		if err != nil || objects != "" {
			return objects, err
		}
	}
	return "", cure.Errorf(cure.Unavailable, "%w: %.80q", errNoCollection, s.c.Name)
}

// roots returns the API roots on the server's own host, the default first.
func (s *session) roots(address string, d *discovery) []string {
	base, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var roots []string
	for _, r := range append([]string{d.Default}, d.APIRoots...) {
		u, err := base.Parse(r)
		if r == "" || err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			continue
		}
		if root := strings.TrimSuffix(u.String(), "/") + "/"; !slices.Contains(roots, root) && len(roots) < 32 {
			roots = append(roots, root)
		}
	}
	return roots
}

// search looks for the collection in a root, "" when it is not there.
func (s *session) search(ctx context.Context, root string) (string, error) {
	body, _, err := s.get(ctx, root+"collections/")
	if err != nil {
		return "", err
	}
	var list struct {
		Collections []collection `json:"collections"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", cure.Errorf(cure.Unavailable, "list of collections cannot be read: %w", err)
	}
	var found []collection
	for _, c := range list.Collections {
		named := s.c.Name == "" || s.c.Name == c.ID || s.c.Name == c.Alias || s.c.Name == c.Title
		if c.CanRead && c.ID != "" && named {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		return "", nil
	case len(found) > 1:
		return "", cure.Errorf(cure.Unavailable, "server has %d collections that can be read: name one in fetch.collection", len(found))
	}
	return root + "collections/" + url.PathEscape(found[0].ID) + "/objects/", nil
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// node is the organization, a folder or a project.
type node struct {
	Name        string            `json:"name"` // organizations/1, folders/2 or projects/3, with the number of a project
	ProjectID   string            `json:"projectId"`
	DisplayName string            `json:"displayName"`
	State       string            `json:"state"`
	CreateTime  string            `json:"createTime"`
	Labels      map[string]string `json:"labels"`

	raw    json.RawMessage
	parent *node // nil for the root, and for projects in the settings

	policy   lazy[*policy]
	accounts lazy[accountList]
}

// lazy is a value that is read once in a run.
type lazy[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
	err   error
}

func (l *lazy[T]) get(read func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.done {
		l.value, l.err = read()
		l.done = true
	}
	return l.value, l.err
}

// title is how people know a node.
func (n *node) title() string {
	if n.ProjectID != "" {
		return "projects/" + n.ProjectID
	}
	return n.Name
}

// isOrganization reports whether nothing is above a node.
func (n *node) isOrganization() bool { return strings.HasPrefix(n.Name, "organizations/") }

// tree is what the connection reads.
type tree struct {
	containers []*node // the organization and folders
	projects   []*node
	gaps       []gap
	err        error // why nothing could be read
}

// gap is a part of the tree that could not be read.
type gap struct {
	scope string
	err   error
}

func (t *tree) nodes() []*node { return slices.Concat(t.containers, t.projects) }

// readTree reads the folders and projects, once in a run.
func (c *cloud) readTree(ctx context.Context) *tree {
	if c.tree == nil {
		c.tree = &tree{}
		root := strings.TrimSpace(c.Root)
		if strings.Contains(root, "/") {
			c.tree.err = c.readBelow(ctx, &node{Name: root, DisplayName: root})
		} else {
			c.tree.err = c.readNamed(ctx, root)
		}
	}
	return c.tree
}

// readNamed reads the projects whose IDs are in the settings.
func (c *cloud) readNamed(ctx context.Context, ids string) error {
	t := c.tree
	for _, id := range strings.Split(ids, ",") {
		id = strings.TrimSpace(id)
		n := &node{}
		answer, err := c.clients[crmAPI].GetJSON(ctx, "/v3/projects/"+url.PathEscape(id), nil, &n.raw)
		if err == nil {
			err = google.Decode(answer.Body, n)
		}
		if err == nil && n.Name == "" {
			err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer about the project %s has no name", id)
		}
		if err != nil {
			t.gaps = append(t.gaps, gap{"projects/" + id, c.refused(listProjects, "projects/"+id, err)})
			continue
		}
		n.ProjectID = cmp.Or(n.ProjectID, id)
		t.projects = append(t.projects, n)
	}
	if len(t.projects) == 0 {
		return t.gaps[0].err
	}
	return nil
}

// readBelow reads the projects of the root and of all folders below it, level by level. A folder that refuses is a gap.
func (c *cloud) readBelow(ctx context.Context, root *node) error {
	t := c.tree
	for level := []*node{root}; len(level) > 0; {
		t.containers = append(t.containers, level...)
		var next []*node
		var work errgroup.Group
		work.SetLimit(atOnce)
		for _, n := range level {
			work.Go(func() error {
				folders, projects, err := c.readChildren(ctx, n)
				c.mu.Lock()
				defer c.mu.Unlock()
				next, t.projects = append(next, folders...), append(t.projects, projects...)
				if err != nil {
					t.gaps = append(t.gaps, gap{n.title(), err})
				}
				if n == root {
					return err
				}
				return context.Cause(ctx)
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		level = next
	}
	slices.SortFunc(t.projects, func(a, b *node) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

func (c *cloud) readChildren(ctx context.Context, n *node) (folders, projects []*node, err error) {
	read := func(member string, into *[]*node) error {
		query := url.Values{"parent": {n.Name}, "pageSize": {"300"}}
		return c.list(ctx, crmAPI, "/v3/"+member, member, "", query, func(item json.RawMessage) error {
			child := &node{raw: item, parent: n}
			if err := google.Decode(item, child); err != nil || child.Name == "" {
				return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "one of the %s of %s has no name", member, n.Name)
			}
			if child.State == "" || child.State == "ACTIVE" {
				*into = append(*into, child)
			}
			return nil
		})
	}
	if err := read("projects", &projects); err != nil {
		return nil, projects, c.refused(listProjects, n.Name, err)
	}
	return folders, projects, c.refused(listProjects, n.Name, read("folders", &folders))
}

// begin returns the tree of a stream, whose parts that could not be read are gaps of the stream.
func begin(ctx context.Context, s *sdk.Session, out *sdk.Output) (*cloud, *tree, error) {
	c, err := open(s)
	if err != nil {
		return nil, nil, err
	}
	t := c.readTree(ctx)
	if t.err != nil {
		return nil, nil, t.err
	}
	for _, g := range t.gaps {
		out.Gap(g.scope, g.err)
	}
	return c, t, nil
}

// readProjects sends every project.
func readProjects(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	_, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	for _, n := range t.projects {
		record := kind.Resource{
			ExternalID: n.Name, Type: "cloudresourcemanager.project", Name: cmp.Or(n.DisplayName, n.ProjectID), Account: n.ProjectID,
			Tags: n.Labels, CreatedAt: kind.TimeFrom(n.CreateTime), Vendor: google.Document(n.raw, []string{"etag"}, nil),
		}
		if record.Tags == nil {
			record.Tags = map[string]string{} // Google leaves an empty map out
		}
		if err := out.PutOrGap(n.Name, record); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// bucket are the fields of a bucket that the record has.
type bucket struct {
	Name       string            `json:"name"`
	Number     string            `json:"projectNumber"`
	Location   string            `json:"location"`
	Created    string            `json:"timeCreated"`
	Labels     map[string]string `json:"labels"`
	Logging    struct{ LogBucket string }
	Protection struct {
		Uniform struct{ Enabled bool } `json:"uniformBucketLevelAccess"`
		Public  string                 `json:"publicAccessPrevention"` // enforced or inherited
	} `json:"iamConfiguration"`

	raw json.RawMessage
}

// readBuckets sends every bucket.
func readBuckets(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.projects, func(ctx context.Context, n *node) error {
		var all []*bucket
		query := url.Values{"project": {n.ProjectID}, "maxResults": {"1000"}}
		err := c.list(ctx, storageAPI, "/storage/v1/b", "items", "storage#buckets", query, func(item json.RawMessage) error {
			b := &bucket{raw: item}
			if google.Decode(item, b) != nil || b.Name == "" {
				return nameless(out, n, "bucket")
			}
			if b.Number != "" && "projects/"+b.Number != n.Name {
				out.Gap("bucket "+b.Name+" in "+n.title(), sdk.Errorf(sdk.CodeUpstreamInvalidResponse,
					"Cloud Storage lists a bucket of the project %s for %s", b.Number, n.title()))
				return nil
			}
			all = append(all, b)
			return nil
		})
		if err := c.sendBuckets(ctx, n, all, out); err != nil {
			return err
		}
		return c.refused(listBuckets, n.title(), err)
	})
}

// sendBuckets sends the buckets of a project. What cannot be read about them is one gap for the project.
func (c *cloud) sendBuckets(ctx context.Context, n *node, all []*bucket, out *sdk.Output) error {
	if len(all) == 0 {
		return nil
	}
	audited, err := c.logged(ctx, n, "storage.googleapis.com")
	if err != nil {
		out.Gap("audit logs of the buckets of "+n.title(), err)
	}
	var mu sync.Mutex
	var refused error
	var work errgroup.Group
	work.SetLimit(atOnce)
	for _, b := range all {
		work.Go(func() error {
			public, err := c.public(ctx, b)
			if err != nil {
				mu.Lock()
				refused = c.refused(bucketPolicy, n.title(), err)
				mu.Unlock()
			}
			return out.PutOrGap(b.Name, b.record(n, public, audited))
		})
	}
	err = work.Wait()
	if refused != nil && ctx.Err() == nil {
		out.Gap("public access of the buckets of "+n.title(), refused)
	}
	return err
}

// record returns the record of a bucket. Cloud Storage encrypts everything at rest.
func (b *bucket) record(n *node, public, audited kind.Tri) kind.Resource {
	r := kind.Resource{
		ExternalID: b.Name, Type: "storage.bucket", Name: b.Name, Account: n.ProjectID, Region: b.Location, Encrypted: kind.Yes,
		Public: public, Logged: audited, Tags: b.Labels, CreatedAt: kind.TimeFrom(b.Created),
		Vendor: google.Document(b.raw, []string{"etag"}, nil),
	}
	if b.Logging.LogBucket != "" {
		r.Logged = kind.Yes
	}
	if r.Tags == nil {
		r.Tags = map[string]string{} // Google leaves an empty map out
	}
	return r
}

// public says whether everyone can read a bucket. Public access prevention forbids it. Else the bucket's policy decides, if it is
// the only rule: without uniform access, an object may have an access list of its own. A project's policy cannot name everyone.
func (c *cloud) public(ctx context.Context, b *bucket) (kind.Tri, error) {
	if b.Protection.Public == "enforced" {
		return kind.No, nil
	}
	var p policy
	where := "/storage/v1/b/" + url.PathEscape(b.Name) + "/iam"
	answer, err := c.clients[storageAPI].Get(ctx, where, url.Values{"optionsRequestedPolicyVersion": {"3"}})
	if err == nil {
		err = google.Decode(answer.Body, &p)
	}
	if err != nil {
		return kind.Unknown, err
	}
	everyone := func(member string) bool { return member == "allUsers" || member == "allAuthenticatedUsers" }
	if slices.ContainsFunc(p.Bindings, func(b binding) bool { return slices.ContainsFunc(b.Members, everyone) }) {
		return kind.Yes, nil
	}
	if b.Protection.Uniform.Enabled {
		return kind.No, nil
	}
	return kind.Unknown, nil
}

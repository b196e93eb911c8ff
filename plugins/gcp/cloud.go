package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
)

// The APIs. Those of IAM, Cloud Storage and Cloud SQL document no scope for reading everything that the connector reads, so
// there the roles of the service account alone keep it from writing.
const (
	scopePrefix = "https://www.googleapis.com/auth/"
	crmAPI      = "https://cloudresourcemanager.googleapis.com"
	iamAPI      = "https://iam.googleapis.com"
	storageAPI  = "https://storage.googleapis.com"
	sqlAPI      = "https://sqladmin.googleapis.com"
	computeAPI  = "https://compute.googleapis.com"
)

var scopes = map[string]string{
	crmAPI: "cloud-platform.read-only", iamAPI: "cloud-platform", storageAPI: "cloud-platform", sqlAPI: "cloud-platform",
	computeAPI: "compute.readonly",
}

// atOnce is how many requests run at one moment. The client keeps to the limit of requests.
const atOnce = 16

// settings are those of the connection, without the key.
type settings struct {
	Root    string `json:"root"`
	BaseURL string `json:"base_url"`
}

// cloud is Google Cloud during one run.
type cloud struct {
	key     *google.Key
	server  *google.Server
	clients map[string]*sdk.Client // by API
	tokens  map[string]*sdk.Token  // by scope
	settings

	mu   sync.Mutex
	tree *tree // read once in a run
}

// open returns the cloud of the run. Streams are read one after another and share it.
func open(s *sdk.Session) (*cloud, error) {
	if c, err := sdk.From[*cloud](s); err == nil {
		return c, nil
	}
	c := &cloud{clients: map[string]*sdk.Client{}, tokens: map[string]*sdk.Token{}}
	if err := s.Settings(&c.settings); err != nil {
		return nil, err
	}
	var err error
	if c.key, err = google.ReadKey(s, "key_file"); err != nil {
		return nil, err
	}
	if c.server, err = google.NewServer(s, c.key, c.BaseURL); err != nil {
		return nil, err
	}
	for api, scope := range scopes {
		if c.tokens[scope] == nil {
			c.tokens[scope] = c.server.Token(scopePrefix+scope, "", nil)
		}
		c.clients[api], err = s.HTTP(sdk.HTTPOptions{
			BaseURL: cmp.Or(c.BaseURL, api), Setting: "/base_url", Token: c.tokens[scope], Explain: google.Explain, MaxBody: google.MaxPage,
		})
		if err != nil {
			return nil, err
		}
	}
	s.Set(c)
	return c, nil
}

// list reads every item of a list.
func (c *cloud) list(ctx context.Context, api, path, member, kind string, query url.Values, f func(json.RawMessage) error) error {
	return google.List{Client: c.clients[api], Path: path, Query: query, Member: member, Kind: kind}.Each(ctx, f)
}

// post asks a question that is a POST and changes nothing.
func (c *cloud) post(ctx context.Context, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return sdk.Errorf(sdk.CodeInternalBug, "encode request: %w", err)
	}
	answer, err := c.clients[crmAPI].Ask(ctx, sdk.Ask{
		Method: http.MethodPost, Path: path, Reads: true, Body: raw, ContentType: "application/json", JSON: true,
	})
	if err != nil {
		return err
	}
	return google.Decode(answer.Body, into)
}

// refused names the permission in the error of a request that Google forbade. Where is what was asked, such as projects/acme.
func (c *cloud) refused(permission, where string, err error) error {
	if err == nil {
		return nil
	}
	e := sdk.AsError(err)
	if e.Code != sdk.CodePermissionMissing {
		return err
	}
	m := e.Needs(permission).WithDetail(e.Detail)
	if google.NotEnabled(e) {
		return m.WithRemedy(fmt.Sprintf("Enable the API that the message names in %s, wait a few minutes, and sync again.",
			cmp.Or(e.Detail, where)))
	}
	return m.WithRemedy(fmt.Sprintf("Give the service account %s the roles Security Reviewer and Browser for %s.",
		c.key.ClientEmail, where))
}

// nameless reports an item without an id, and lets the rest of its list be read.
func nameless(out *sdk.Output, n *node, what string) error {
	out.Gap(what+" without an id in "+n.title(), sdk.Errorf(sdk.CodeSchemaKeyMissing, "a %s of %s has no id", what, n.title()))
	return nil
}

// each calls f for every node, several at once. A node that fails is a gap that names it, and the others are read. If all of
// them fail, the stream fails.
func each(ctx context.Context, out *sdk.Output, nodes []*node, f func(ctx context.Context, n *node) error) error {
	failed := make([]error, len(nodes))
	var work errgroup.Group
	work.SetLimit(atOnce)
	for i, n := range nodes {
		work.Go(func() error {
			if ctx.Err() == nil {
				failed[i] = f(ctx, n)
			}
			return nil
		})
	}
	_ = work.Wait() // no function returns an error
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	read := false
	for _, err := range failed {
		read = read || err == nil
	}
	if !read && len(nodes) > 0 {
		return failed[0]
	}
	for i, err := range failed {
		if err != nil {
			out.Gap(nodes[i].title(), err)
		}
	}
	return nil
}

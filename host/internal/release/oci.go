package release

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	oras "oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// The media types of a release in a registry.
const (
	artifactType  = "application/vnd.plumbline.connector.v1"
	manifestType  = "application/vnd.plumbline.connector.manifest.v1+json"
	signatureType = "application/vnd.plumbline.connector.signature.v1"
	sbomType      = "application/vnd.plumbline.connector.sbom.v1+json"
	programType   = "application/vnd.plumbline.connector.program.v1"
)

// answerTimeout is how long a registry may take to begin an answer.
const answerTimeout = 30 * time.Second

// artifact reads a release from a registry. It compares the registry's sizes and digests
// with those of the signed manifest.
type artifact struct {
	name   string
	repo   *remote.Repository
	layers []ocispec.Descriptor
}

func openArtifact(name string) (Source, error) {
	repo, err := repository(name)
	if err != nil {
		return nil, err
	}
	if repo.Reference.Reference == "" {
		return nil, host.Invalid("release", name,
			"is neither a file nor a directory, and as a reference to a registry it lacks a :version or @sha256:digest")
	}
	return &artifact{name: name, repo: repo}, nil
}

// repository opens a repository, with the credentials of the docker configuration. It
// speaks without encryption only to this machine.
func repository(name string) (*remote.Repository, error) {
	repo, err := remote.NewRepository(strings.TrimPrefix(name, "oci://"))
	if err != nil {
		return nil, host.Invalid("release", name, "is neither a file nor a directory, nor a reference to a registry such as "+
			"registry.example.com/connectors/okta:1.2.0").Because(err)
	}
	repo.PlainHTTP = onThisMachine(repo.Reference.Host())
	repo.TagListMaxPages = 50
	transport := http.DefaultTransport.(*http.Transport).Clone()
	proxy := company.Environment()
	transport.Proxy = func(r *http.Request) (*url.URL, error) { return proxy.For(r.URL) }
	transport.ResponseHeaderTimeout = answerTimeout
	client := &auth.Client{Client: &http.Client{Transport: transport}, Cache: auth.NewCache()}
	client.SetUserAgent("plumbline")
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("read docker credentials: %w", err)
	}
	client.Credential = credentials.Credential(store)
	repo.Client = client
	return repo, nil
}

func onThisMachine(address string) bool {
	name := (&url.URL{Host: address}).Hostname()
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// Close implements Source.
func (a *artifact) Close() error {
	if client, ok := a.repo.Client.(*auth.Client); ok {
		client.Client.CloseIdleConnections()
	}
	return nil
}

// Head implements Source.
func (a *artifact) Head(ctx context.Context) (manifest, signature []byte, err error) {
	described, body, err := a.repo.FetchReference(ctx, a.repo.Reference.Reference)
	if err != nil {
		return nil, nil, a.explain(err)
	}
	defer body.Close()
	if described.Size > maxManifest {
		return nil, nil, unsafe("the registry's manifest has %d bytes", described.Size)
	}
	raw, err := content.ReadAll(body, described)
	if err != nil {
		return nil, nil, a.explain(err)
	}
	var index ocispec.Manifest
	if err := json.Unmarshal(raw, &index); err != nil || index.ArtifactType != artifactType {
		return nil, nil, damaged("%s is no connector", a.name)
	}
	if len(index.Layers) > maxFiles+2 {
		return nil, nil, unsafe("it has %d layers", len(index.Layers))
	}
	for _, layer := range index.Layers {
		switch {
		case layer.MediaType == manifestType && manifest == nil:
			manifest, err = a.small(ctx, layer, maxManifest)
		case layer.MediaType == signatureType && signature == nil:
			signature, err = a.small(ctx, layer, maxSignature)
		default:
			a.layers = append(a.layers, layer)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if manifest == nil {
		return nil, nil, damaged("%s has no manifest", a.name)
	}
	return manifest, signature, nil
}

func (a *artifact) small(ctx context.Context, layer ocispec.Descriptor, most int64) ([]byte, error) {
	if layer.Size > most {
		return nil, unsafe("%s has %d bytes; at most %d are allowed", layer.MediaType, layer.Size, most)
	}
	raw, err := content.FetchAll(ctx, a.repo, layer)
	if err != nil {
		return nil, a.explain(err)
	}
	return raw, nil
}

// Each implements Source. It fetches only what is wanted.
func (a *artifact) Each(ctx context.Context, m offer.Manifest, want func(offer.ReleaseFile) bool, take taker) (err error) {
	layers := map[digest.Digest]ocispec.Descriptor{}
	for _, layer := range a.layers {
		layers[layer.Digest] = layer
	}
	named := map[digest.Digest]bool{}
	for _, f := range m.Contents() {
		name := digest.NewDigestFromEncoded(digest.SHA256, f.SHA256)
		layer, ok := layers[name]
		named[name] = true
		switch {
		case !ok:
			return damaged("the registry has no %s", f.Path)
		case layer.Size != f.Size:
			return damaged("the registry says that %s has %d bytes; its manifest says %d", f.Path, layer.Size, f.Size)
		}
		if want(f) {
			err = a.fetch(ctx, layer, f, take)
		} else {
			err = take(f, nil)
		}
		if err != nil {
			return err
		}
	}
	for name := range layers {
		if !named[name] {
			return damaged("the registry has a layer %.19s… that its manifest does not name", name)
		}
	}
	return nil
}

func (a *artifact) fetch(ctx context.Context, layer ocispec.Descriptor, f offer.ReleaseFile, take taker) error {
	body, err := a.repo.Fetch(ctx, layer)
	if err != nil {
		return a.explain(err)
	}
	defer body.Close()
	return a.explain(take(f, body))
}

// explain turns the error of a registry or of the network into a problem.
func (a *artifact) explain(err error) error {
	var p *host.Problem
	switch {
	case err == nil, errors.As(err, &p), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, content.ErrMismatchedDigest), errors.Is(err, content.ErrTrailingData):
		return damaged("the registry gave something else than it was asked for: %v", err).Because(err)
	}
	return unreadable(a.name, err)
}

// Push puts a release into a registry and returns the digest it has there.
func Push(ctx context.Context, file, reference string, options Options) (Release, string, error) {
	repo, err := repository(reference)
	if err != nil {
		return Release{}, "", err
	}
	into := &artifact{name: reference, repo: repo}
	defer func() { _ = into.Close() }() // it only closes idle connections
	if repo.Reference.Reference == "" {
		return Release{}, "", host.Invalid("reference", reference, "lacks a :version to push it as")
	}
	r, err := Verify(ctx, file, options)
	if err != nil {
		return r, "", err
	}
	layers := []ocispec.Descriptor{content.NewDescriptorFromBytes(manifestType, r.Raw)}
	err = push(ctx, repo, layers[0], bytes.NewReader(r.Raw))
	if err == nil && r.Signature != nil {
		layers = append(layers, content.NewDescriptorFromBytes(signatureType, r.Signature))
		err = push(ctx, repo, layers[1], bytes.NewReader(r.Signature))
	}
	if err != nil {
		return r, "", into.explain(err)
	}
	for _, f := range r.Contents() {
		layers = append(layers, r.layer(f))
	}
	err = r.again(ctx, file, func(f offer.ReleaseFile, from io.Reader) error {
		return into.explain(push(ctx, repo, r.layer(f), from))
	})
	if err != nil {
		return r, "", err
	}
	packed, err := oras.PackManifest(ctx, repo, oras.PackManifestVersion1_1, artifactType, oras.PackManifestOptions{
		Layers: layers,
		ManifestAnnotations: map[string]string{
			ocispec.AnnotationTitle: r.ID, ocispec.AnnotationVersion: r.Version, ocispec.AnnotationCreated: "1970-01-01T00:00:00Z",
		},
	})
	if err != nil {
		return r, "", into.explain(err)
	}
	return r, packed.Digest.String(), into.explain(repo.Tag(ctx, packed, repo.Reference.Reference))
}

// layer describes a file of a release to a registry.
func (r Release) layer(f offer.ReleaseFile) ocispec.Descriptor {
	layer := ocispec.Descriptor{
		MediaType: programType, Size: f.Size, Digest: digest.NewDigestFromEncoded(digest.SHA256, f.SHA256),
		Annotations: map[string]string{ocispec.AnnotationTitle: f.Path},
	}
	if r.SBOM != nil && f.Path == r.SBOM.Path {
		layer.MediaType = sbomType
	}
	return layer
}

// push pushes a layer that the registry does not have.
func push(ctx context.Context, repo *remote.Repository, layer ocispec.Descriptor, from io.Reader) error {
	if exists, err := repo.Exists(ctx, layer); err != nil || exists {
		return err
	}
	return repo.Push(ctx, layer, from)
}

package release

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
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
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// What a release is called in a registry.
const (
	artifactType  = "application/vnd.plumbline.connector.v1"
	manifestType  = "application/vnd.plumbline.connector.manifest.v1+json"
	signatureType = "application/vnd.plumbline.connector.signature.v1"
	sbomType      = "application/vnd.plumbline.connector.sbom.v1+json"
	programType   = "application/vnd.plumbline.connector.program.v1"
)

// answerTime is how long a registry may take to begin an answer.
const answerTime = 30 * time.Second

// artifact reads a release from a registry. What the registry says of sizes and
// digests is compared with what the signed manifest says.
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
		return nil, host.Invalid("release", name, "is neither a file nor a directory, and as a reference to a registry it lacks a :version or @sha256:digest")
	}
	return &artifact{name: name, repo: repo}, nil
}

// repository opens what a reference names. Credentials are those of the docker
// configuration; without encryption nothing but this machine is spoken to.
func repository(name string) (*remote.Repository, error) {
	repo, err := remote.NewRepository(strings.TrimPrefix(name, "oci://"))
	if err != nil {
		return nil, host.Invalid("release", name, "is neither a file nor a directory, nor a reference to a registry such as registry.example.com/connectors/okta:1.2.0").Because(err)
	}
	repo.PlainHTTP = onThisMachine(repo.Reference.Host())
	repo.TagListMaxPages = 50
	transport := http.DefaultTransport.(*http.Transport).Clone()
	proxy := company.Environment()
	transport.Proxy = func(r *http.Request) (*url.URL, error) { return proxy.For(r.URL) }
	transport.ResponseHeaderTimeout = answerTime
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
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		name = address
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// Whole implements Source.
func (a *artifact) Whole() bool { return false }

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

// Each implements Source. Only what is wanted is fetched.
func (a *artifact) Each(ctx context.Context, m host.Manifest, want func(host.ReleaseFile) bool, take func(host.ReleaseFile, io.Reader) error) error {
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
		case want(f):
			if err := a.fetch(ctx, layer, f, take); err != nil {
				return err
			}
		}
	}
	for name := range layers {
		if !named[name] {
			return damaged("the registry has a layer %.19s… that its manifest does not name", name)
		}
	}
	return nil
}

func (a *artifact) fetch(ctx context.Context, layer ocispec.Descriptor, f host.ReleaseFile, take func(host.ReleaseFile, io.Reader) error) error {
	body, err := a.repo.Fetch(ctx, layer)
	if err != nil {
		return a.explain(err)
	}
	defer body.Close()
	return a.explain(take(f, body))
}

// explain turns what a registry or the way to it says into a problem.
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
	defer func() { _ = into.Close() }() // it only lets go of idle connections
	if repo.Reference.Reference == "" {
		return Release{}, "", host.Invalid("reference", reference, "lacks a :version to push it as")
	}
	dir, err := os.MkdirTemp("", "plumbline-push-*")
	if err != nil {
		return Release{}, "", fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary one
	r, err := unpack(ctx, file, dir, options)
	if err != nil {
		return r, "", err
	}
	layers, err := r.pushLayers(ctx, repo, dir)
	if err != nil {
		return r, "", into.explain(err)
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

// unpack reads all of a release into a directory.
func unpack(ctx context.Context, file, dir string, options Options) (Release, error) {
	from, err := Open(file)
	if err != nil {
		return Release{}, err
	}
	defer from.Close()
	r, err := ReadHead(ctx, from, options)
	if err != nil {
		return r, err
	}
	return r, r.ReadFiles(ctx, from, everything, func(f host.ReleaseFile, content io.Reader) error {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		return durable.Write(path, 0o600, func(w io.Writer) error { _, err := io.Copy(w, content); return err })
	})
}

// pushLayers pushes every file of a release, manifest and signature first.
func (r Release) pushLayers(ctx context.Context, repo *remote.Repository, dir string) ([]ocispec.Descriptor, error) {
	var layers []ocispec.Descriptor
	add := func(layer ocispec.Descriptor, from io.Reader) error {
		layers = append(layers, layer)
		if there, err := repo.Exists(ctx, layer); err != nil || there {
			return err
		}
		return repo.Push(ctx, layer, from)
	}
	if err := add(content.NewDescriptorFromBytes(manifestType, r.Raw), bytes.NewReader(r.Raw)); err != nil {
		return nil, err
	}
	if r.Signature != nil {
		if err := add(content.NewDescriptorFromBytes(signatureType, r.Signature), bytes.NewReader(r.Signature)); err != nil {
			return nil, err
		}
	}
	for _, f := range r.Contents() {
		layer := ocispec.Descriptor{
			MediaType: programType, Size: f.Size, Digest: digest.NewDigestFromEncoded(digest.SHA256, f.SHA256),
			Annotations: map[string]string{ocispec.AnnotationTitle: f.Path},
		}
		if r.SBOM != nil && f.Path == r.SBOM.Path {
			layer.MediaType = sbomType
		}
		file, err := os.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Path, err)
		}
		// The client would close what can be closed.
		err = errors.Join(add(layer, io.NopCloser(file)), file.Close())
		if err != nil {
			return nil, err
		}
	}
	return layers, nil
}

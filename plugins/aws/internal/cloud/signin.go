package cloud

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Settings are those of config.json.
type Settings struct {
	SignIn          string   `json:"sign_in"`
	Accounts        []string `json:"accounts"`
	Organization    bool     `json:"organization"`
	RoleName        string   `json:"role_name"`
	ExternalID      string   `json:"external_id"`
	Regions         []string `json:"regions"`
	Findings        bool     `json:"security_hub_findings"`
	HomeRegion      string   `json:"home_region"`
	CredentialsFile string   `json:"credentials_file"`
	Profile         string   `json:"profile"`
	MetadataAddress string   `json:"metadata_address"`
	BaseURL         string   `json:"base_url"`
}

func settingsOf(s *sdk.Session) (Settings, error) {
	var set Settings
	if err := s.Settings(&set); err != nil {
		return set, err
	}
	if set.SignIn == "access_key" {
		for _, name := range []string{"access_key_id", "secret_access_key"} {
			if s.Secret(name).Reveal() == "" {
				return set, sdk.ConfigInvalid("/"+name, "the setting %s is missing", name)
			}
		}
	}
	if set.BaseURL == "" {
		return set, nil
	}
	if rule := sdk.AddressRule(set.BaseURL); rule != "" {
		return set, sdk.ConfigInvalid("/base_url", "the API address %s", rule)
	}
	return set, nil
}

// newConfig returns the configuration of AWS's library with the credential of the settings.
func newConfig(ctx context.Context, s *sdk.Session, set Settings) (aws.Config, error) {
	c := aws.Config{
		Region: set.HomeRegion, HTTPClient: newWire(s),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }, // the wire tries again
	}
	if set.BaseURL != "" {
		c.BaseEndpoint = &set.BaseURL
	}
	if set.SignIn == "access_key" {
		c.Credentials = credentials.NewStaticCredentialsProvider(
			s.Secret("access_key_id").Reveal(), s.Secret("secret_access_key").Reveal(), s.Secret("session_token").Reveal())
		return c, nil
	}
	var err error
	c.Credentials, err = chain(ctx, s, set)
	return c, err
}

// chain returns the credential that the machine offers. A contained connector has an empty environment and reaches
// neither files nor addresses that no setting names, so it finds a credential only in the file or at the metadata address.
func chain(ctx context.Context, s *sdk.Session, set Settings) (aws.CredentialsProvider, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(set.HomeRegion),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(like(s.Transport()))),
		config.WithSharedConfigFiles([]string{}),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
	}
	if set.CredentialsFile != "" {
		options = append(options,
			config.WithSharedCredentialsFiles([]string{set.CredentialsFile}), config.WithSharedConfigProfile(cmp.Or(set.Profile, "default")))
	}
	if set.MetadataAddress != "" {
		options = append(options,
			config.WithEC2IMDSEndpoint(set.MetadataAddress), config.WithEC2IMDSClientEnableState(imds.ClientDefaultEnableState))
	}
	found, err := config.LoadDefaultConfig(ctx, options...)
	if err == nil {
		provider := aws.NewCredentialsCache(concealing{found.Credentials, s})
		if _, err = provider.Retrieve(ctx); err == nil {
			return provider, nil
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, sdk.Errorf(sdk.CodeAuthInvalid, "the machine offers no credential for AWS: %s", shorten(err.Error())).Because(err).
		WithRemedy("Name a credentials file or the instance metadata address in the settings, or enter an access key.")
}

// like has AWS's own HTTP client, which it wants for the chain, send its requests in the way of a transport.
func like(way *http.Transport) func(*http.Transport) {
	return func(t *http.Transport) {
		t.Proxy, t.DialContext, t.DialTLSContext = way.Proxy, way.DialContext, way.DialTLSContext
		t.TLSClientConfig, t.OnProxyConnectResponse = way.TLSClientConfig, way.OnProxyConnectResponse
	}
}

// concealing removes the credentials that it hands on from everything that leaves the program.
type concealing struct {
	from    aws.CredentialsProvider
	session *sdk.Session
}

// Retrieve implements the provider.
func (c concealing) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := c.from.Retrieve(ctx)
	for _, secret := range []string{got.SecretAccessKey, got.SessionToken} {
		if err == nil && secret != "" {
			c.session.Conceal(sdk.NewSecret(secret))
		}
	}
	return got, err
}

// assume returns a configuration with the credential of a role.
func assume(s *sdk.Session, from aws.Config, role, externalID string) aws.Config {
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(from), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "plumbline"
		if externalID != "" {
			o.ExternalID = &externalID
		}
	})
	c := from.Copy()
	c.Credentials = aws.NewCredentialsCache(concealing{provider, s})
	return c
}

// entrance returns the address where the check reaches AWS.
func (set Settings) entrance() *url.URL {
	if u, err := url.Parse(set.BaseURL); err == nil && set.BaseURL != "" {
		return u
	}
	host := "sts." + set.HomeRegion + ".amazonaws.com"
	if partitionOf(set.HomeRegion) == "aws-cn" {
		host += ".cn"
	}
	return &url.URL{Scheme: "https", Host: host}
}

// Reach probes whether AWS answers.
func Reach(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	set, err := settingsOf(s)
	if err != nil {
		return err
	}
	client, err := newWire(s).client(set.entrance())
	if err != nil {
		return sdk.ConfigInvalid("/base_url", "%s", err.Error())
	}
	return r.ReachURL(ctx, client)
}

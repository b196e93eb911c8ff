package file

// Auth says how requests are authenticated: at most one of these.
type Auth struct {
	Item
	Bearer  string        `yaml:"bearer" doc:"The secret that is sent as a bearer token."`
	Header  SecretHeaders `yaml:"header" doc:"A header with a secret, or a list of them."`
	Query   *SecretQuery  `yaml:"query" doc:"A parameter with a secret."`
	Basic   *Basic        `yaml:"basic" doc:"A user name and a password."`
	OAuth2  *OAuth2       `yaml:"oauth2" doc:"A token that an authorisation server gives."`
	Session *Session      `yaml:"session" doc:"A token that a request of the API gives."`
	Choose  *Choose       `yaml:"choose" doc:"A setting decides among several ways."`
}

// SecretHeaders are headers with secrets; the file may give one alone.
type SecretHeaders []SecretHeader

// SecretHeader is a header with a secret.
type SecretHeader struct {
	Item
	Name   string `yaml:"name" need:"yes" doc:"The name of the header."`
	Prefix string `yaml:"prefix" doc:"What stands before the secret."`
	Secret string `yaml:"secret" doc:"The secret."`
	Value  string `yaml:"value" doc:"Instead of prefix and secret: the whole value, in which {name} stands for a secret."`
}

// SecretQuery is a parameter with a secret.
type SecretQuery struct {
	Item
	Name   string `yaml:"name" need:"yes" doc:"The name of the parameter."`
	Secret string `yaml:"secret" need:"yes" doc:"The secret."`
}

// Basic is a user name and a password.
type Basic struct {
	Item
	Username Text   `yaml:"username" need:"yes" doc:"A text, or the name of a secret where the vendor wants a key as the user name."`
	Password string `yaml:"password" doc:"The secret. When the user name is one, it may be left out, or be a text that the vendor wants there."`
}

// OAuth2 is a token that an authorisation server gives.
type OAuth2 struct {
	Item
	Grant        string          `yaml:"grant" need:"yes" enum:"client_credentials,refresh_token,jwt_bearer" doc:"What the token is given for."`
	TokenURL     Text            `yaml:"token_url" need:"yes" doc:"The address of the token endpoint, on a host that network declares."`
	ClientID     Text            `yaml:"client_id" doc:"A text, or the name of a secret."`
	ClientSecret string          `yaml:"client_secret" doc:"The secret of the client."`
	Credentials  string          `yaml:"credentials" enum:"body,header" doc:"Where client_id and client_secret are sent; body unless given."`
	Scope        Text            `yaml:"scope" doc:"The scopes that are asked for."`
	Parameters   map[string]Text `yaml:"parameters" doc:"Further fields of the request, such as audience."`
	RefreshToken string          `yaml:"refresh_token" doc:"The secret with the refresh token, for grant: refresh_token."`
	JWT          *JWT            `yaml:"jwt" doc:"A signed statement: for grant: jwt_bearer, or instead of client_secret."`
	Token        Expression      `yaml:"token" doc:"The token in the answer; response.access_token unless given."`
	ExpiresIn    Expression      `yaml:"expires_in" doc:"In how many seconds the token ends; response.expires_in unless given."`
	Header       *TokenHeader    `yaml:"header" doc:"How the token is sent; as a bearer token unless given."`
}

// JWT is a statement that the connector signs.
type JWT struct {
	Item
	Key      string          `yaml:"key" need:"yes" doc:"The secret with the RSA private key in PEM, or with Google's key file."`
	KeyID    Text            `yaml:"key_id" doc:"Names the key to the server."`
	Issuer   Text            `yaml:"issuer" doc:"Who states it."`
	Subject  Text            `yaml:"subject" doc:"For whom the token is asked."`
	Audience Text            `yaml:"audience" doc:"To whom it is said; token_url unless given."`
	Lifetime Duration        `yaml:"lifetime" doc:"How long it holds; 5m unless given."`
	Claims   map[string]Text `yaml:"claims" doc:"Further statements in it."`
}

// TokenHeader is the header in which a token is sent.
type TokenHeader struct {
	Item
	Name   string  `yaml:"name" doc:"The name of the header; Authorization unless given."`
	Prefix *string `yaml:"prefix" doc:"What stands before the token."`
}

// TokenQuery is the parameter in which a token is sent.
type TokenQuery struct {
	Item
	Name string `yaml:"name" need:"yes" doc:"The name of the parameter."`
}

// Session is a token that a request of the API gives.
type Session struct {
	Item
	Request  Request      `yaml:"request" need:"yes" doc:"The request. In json and form, {secret: name} stands for a secret."`
	Token    Expression   `yaml:"token" need:"yes" doc:"The token in the answer."`
	Lifetime Duration     `yaml:"lifetime" doc:"How long the token holds; the whole run unless given."`
	Header   *TokenHeader `yaml:"header" doc:"The header in which it is sent."`
	Query    *TokenQuery  `yaml:"query" doc:"The parameter in which it is sent."`
}

// Choose has a setting decide how requests are signed in.
type Choose struct {
	Item
	Setting string          `yaml:"setting" need:"yes" doc:"A setting whose choices are the names of the ways."`
	Ways    map[string]Auth `yaml:"ways" need:"yes" doc:"The ways by their names."`
}

package company

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Proxy is a company's proxy.
type Proxy struct {
	choose func(*url.URL) (*url.URL, error)
	broken map[string]error // by scheme of the address to reach
	set    []string         // variables with the proxy's host
}

// Environment reads the variables of this process.
func Environment() *Proxy { return Read(os.Getenv) }

// Read reads the variables that getenv returns.
func Read(getenv func(string) string) *Proxy {
	p := &Proxy{broken: map[string]error{}}
	config := httpproxy.Config{NoProxy: cmp.Or(getenv("no_proxy"), getenv("NO_PROXY"))}
	for scheme, into := range map[string]*string{"https": &config.HTTPSProxy, "http": &config.HTTPProxy} {
		for _, name := range []string{scheme + "_proxy", strings.ToUpper(scheme) + "_PROXY"} {
			text := getenv(name)
			if text == "" {
				continue
			}
			proxy, err := parse(text)
			if err != nil {
				p.broken[scheme] = fmt.Errorf("the variable %s is not the address of a proxy: %w", name, err)
				*into = "http://proxy.invalid" // NO_PROXY still says which addresses need no proxy
			} else {
				p.set = append(p.set, name+"="+proxy.Scheme+"://"+proxy.Host)
				*into = proxy.String()
			}
			break
		}
	}
	p.choose = config.ProxyFunc()
	return p
}

// For returns the proxy for an address, nil for none. An error forbids the connection.
func (p *Proxy) For(address *url.URL) (*url.URL, error) {
	proxy, err := p.choose(address)
	if err != nil || proxy == nil {
		return nil, err
	}
	if err := p.broken[address.Scheme]; err != nil {
		return nil, err
	}
	return proxy, nil
}

// Err returns what is wrong with the variables.
func (p *Proxy) Err() error { return errors.Join(p.broken["https"], p.broken["http"]) }

// Set returns the variables that name a proxy, without its credentials.
func (p *Proxy) Set() []string { return p.set }

// parse reads the address of a proxy. Errors quote nothing of it, because it may hold a password.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + text)
	}
	switch {
	case err != nil:
		return nil, errors.New("it does not parse as an address such as http://proxy.example.com:3128")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("its scheme is %q; a proxy is spoken to by http or https", u.Scheme)
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \t"):
		return nil, errors.New("it names no host")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("something follows the host and port")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errors.New("its port is not a number from 1 to 65535")
		}
	}
	return u, nil
}

package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// registerReleases lists the operations on releases of connectors.
func (s *Server) registerReleases() {
	operation.Add(s.api, http.MethodPost, route.Offers, "offer-release",
		"Look at a release without installing it", 200, operation.ByBody(s.app.OfferRelease))
	operation.Add(s.api, http.MethodGet, route.Updates, "list-updates", "Releases that are newer than what is installed", 200, s.updates)
	operation.Add(s.api, http.MethodPost, route.Releases, "install-release", "Begin to install or update a connector", 202,
		operation.ByBody(s.app.InstallRelease))
	operation.Add(s.api, http.MethodDelete, route.Connector, "remove-connector",
		"Remove an installed connector", 204, operation.Removes(s.app.RemoveConnector))
	operation.Add(s.api, http.MethodPost, route.Rollback, "roll-back-connector",
		"Bring back the version before the current one", 200, operation.ByID(s.app.RollBack))
	operation.Add(s.api, http.MethodPut, route.Trust, "trust-connector", "Trust exactly the program that this connector is now", 200, s.trust)
	operation.Add(s.api, http.MethodDelete, route.Trust, "untrust-connector",
		"Take back that programs of this connector are trusted", 200, operation.ByID(s.app.UntrustConnector))
}

// UpdatesInput is what list-updates takes.
type UpdatesInput struct {
	Connector string `query:"connector" doc:"Id; empty for all"`
}

func (s *Server) updates(ctx context.Context, in *UpdatesInput) (*operation.Output[operation.Items[offer.Offer]], error) {
	offers, err := s.app.Updates(ctx, in.Connector)
	return operation.List(offers, "", err)
}

// TrustInput is what trust-connector takes.
type TrustInput struct {
	operation.IDParam
	Body struct {
		SHA256 string `json:"sha256,omitempty" doc:"Refuse when the program is another by now"`
	} `required:"false"`
}

func (s *Server) trust(ctx context.Context, in *TrustInput) (*operation.Output[host.Connector], error) {
	return operation.One(s.app.TrustConnector(ctx, in.ID, in.Body.SHA256))
}

package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/cluster"
)

func (a *API) registerTopology() {
	op := operation("topology", "/api/topology", "The containers, replica sets and shards as they are now")
	op.Description = "Everyone is asked at once and briefly, at most once a second however many clients ask; who does not answer is DOWN. " +
		"While mongos is away, the members that it last named are asked still."
	huma.Register(a.huma, op, func(ctx context.Context, _ *struct{}) (*struct{ Body cluster.Topology }, error) {
		t, err := a.Topology.Read(ctx)
		if err != nil {
			return nil, a.answerTo(ctx, err)
		}
		return &struct{ Body cluster.Topology }{t}, nil
	})
}

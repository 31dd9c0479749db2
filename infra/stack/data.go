package stack

import (
	"fmt"
	"math"

	"speedscale/infra/cluster"
	"speedscale/infra/sdk"
	"speedscale/infra/topology"
)

// database is the database of the products.
const database = "speedscale"

// data declares the data layer: the sharded cluster and its sharded collection.
func (d *deployment) data() error {
	data, err := cluster.New(d.ctx, "data", cluster.Args{
		Network:           d.net,
		Topology:          d.plan.Cluster,
		Mongod:            d.image[topology.ShardMember],
		Mongos:            d.image[topology.Router],
		ShardCache:        d.cfg.Memory.ShardCache,
		Parameters:        d.cfg.MongodParameters,
		ElectionTimeout:   d.cfg.ElectionTimeout,
		HeartbeatInterval: d.cfg.HeartbeatInterval,
		KeepData:          d.cfg.KeepData,
		Keyfile:           d.secret[keyfile],
		Keys:              d.keyfile.label(),
		LoginsOptional:    d.logins.Members == Optional,
		TLSMode:           d.tls.Mode,
		Certificates:      d.certificateFiles,
	}, adoptUnparented)
	if err != nil {
		return err
	}
	d.cluster, d.router = data, data.Router()
	if d.logins.Clients {
		if err := d.users(); err != nil {
			return err
		}
	}
	d.products, err = data.Collection(d.ctx, "products", sdk.ShardedCollectionArgs{
		Database:   database,
		Collection: "products",
		Key:        []sdk.KeyField{{Field: "_id", Type: "hashed"}},
		Zones:      d.zones(),
	})
	return err
}

// zones returns the zones of the settings. The settings give their ranges as
// percentages of all hashes.
func (d *deployment) zones() (zones []sdk.Zone) {
	for _, z := range d.cfg.Zones {
		zone := sdk.Zone{Name: z.Name, Ranges: []sdk.Range{{Min: hashAt(z.From), Max: hashAt(z.To)}}}
		for _, n := range z.Shards {
			zone.Shards = append(zone.Shards, d.plan.Shards[n-1].Name)
		}
		zones = append(zones, zone)
	}
	return zones
}

// hashAt returns, as extended JSON, the bound of the products' shard key below
// which percent of all hashes lie.
func hashAt(percent int) string {
	switch percent {
	case 0:
		return `{"_id": {"$minKey": 1}}`
	case 100:
		return `{"_id": {"$maxKey": 1}}`
	}
	hash := math.MinInt64 + int64(percent)*(math.MaxInt64/50)
	return fmt.Sprintf(`{"_id": {"$numberLong": "%d"}}`, hash)
}

// The size of an output tile, and which tile a workgroup computes: bands of eight tile rows, so that neighbours in time share both operands
// in the cache. `index` counts workgroups over all launches; the result is (tile row, tile column).
const TILE_ROWS = {{TILE_ROWS}}u;
const TILE_COLUMNS = {{TILE_COLUMNS}}u;

fn tile_at(index: u32, tile_rows: u32, tile_columns: u32) -> vec2<u32> {
    let band = index / (8u * tile_columns);
    let within = index % (8u * tile_columns);
    let height = min(tile_rows - band * 8u, 8u);
    return vec2<u32>(band * 8u + within % height, within / height);
}

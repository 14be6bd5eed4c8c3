// softmax(scale · q · kᵀ) · v per head with an online softmax: no score matrix is ever stored.
//
// q      [queries, heads × size] f32
// k      [keys, key heads × size] f32; query head h reads key head h / (heads / key heads)
// v      [keys, key heads × size] f32
// y      [queries, heads × size] f32
// params 0 queries, 1 heads, 2 key heads, 3 size / 4, 4 bits of scale, 5 reach, 6 bound, 7 first query and
//        8 first head of this dispatch, 9 one past its last query, then with reach 2 the table
//        reach: 0 keys 0 to bound, 1 keys 0 to bound + query + 1, 2 keys table[2·query] to table[2·query + 1]
//
// Where the reach of queries differs, both its ends grow with the query: a tile of neighbouring queries visits
// the keys from its first query's first to its last query's last, and hides what lies outside of a query's own.
// SIZE, the channels of a head that registers are set aside for, is the head size rounded up.
@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> params: array<u32>;

// Below every score, and finite: −∞ − −∞ would be no number.
const LOWEST = -1e30;

#if SIZE_64
#define SIZE 64
#end
#if SIZE_128
#define SIZE 128
#end

// First and one past the last key that a query sees.
fn reach(query: u32) -> vec2<u32> {
    if (params[5] == 2u) {
        return vec2<u32>(params[10u + 2u * query], params[11u + 2u * query]);
    }
    if (params[5] == 1u) {
        return vec2<u32>(0u, params[6] + query + 1u);
    }
    return vec2<u32>(0u, params[6]);
}

#if TILE
#import attention_tile
#else
#import attention_wide
#end

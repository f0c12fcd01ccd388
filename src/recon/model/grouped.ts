/** The map under a key, made if there is none. */
export function put<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

/** The set under a key, made if there is none. */
export function gather<V>(map: Map<string, Set<V>>, key: string): Set<V> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}

/** The list under a key, made if there is none. */
export function list<K extends string, V>(map: Map<K, V[]>, key: K): V[] {
  let values = map.get(key);
  if (values === undefined) {
    values = [];
    map.set(key, values);
  }
  return values;
}

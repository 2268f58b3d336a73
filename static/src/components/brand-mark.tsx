export function BrandMark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M6 21V12.5L10 8h12l4 4.5V21zM6 14.5h20M13 8.5v6M19 8.5v6M9 25.5h14" />
    </svg>
  );
}

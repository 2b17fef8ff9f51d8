/** Made-up people come from these lists; a few letters beyond ASCII are there on purpose. */
export const firstNames: readonly string[] = `
Ada Alba Amir Anouk Aoife Arjun Astrid Bao Beatriz Björn Carmen Cedric Chiara Dalia Davit Elif Emeka Esther
Fatou Felix Freya Giorgos Hana Hiro Ida Imran Inês Ivan Jasmin Joana Jun Kaito Katrin Kofi Lars Layla Leif
Lucía Mads Malik Marta Mei Milan Mina Nadia Nils Noor Olga Omar Petra Priya Quentin Rafael Renske Rosa Samir
Sana Sören Tamar Tariq Thandi Tomasz Uma Vera Viktor Wanda Xenia Yara Yusuf Zara Zoë Zuri
`
  .trim()
  .split(/\s+/);

export const lastNames: readonly string[] = `
Abebe Adler Almeida Andersen Baker Banerjee Becker Benali Bianchi Bosch Castro Chen Costa Dahl Demir Diallo
Dubois Eriksen Farkas Fischer Fontaine Garcia Gupta Haddad Hansen Herrera Hoffmann Horvat Ito Ivanova Jansen
Jensen Kaya Keller Khan Kim Kovacs Kowalska Larsen Lehtonen Leroy Lindqvist Lopez Marino Martins Mensah Meyer
Molina Moreau Mwangi Nakamura Nguyen Novak Nowak Obi Okafor Olsen Papadakis Patel Pereira Petrov Popescu
Quiroga Rahman Rossi Sato Schneider Silva Singh Sokolov Suzuki Tanaka Torres Usman Vargas Virtanen Vogel
Wagner Weber Yamada Yilmaz Zhang Zimmer O'Brien D'Angelo Müller Nuñez
`
  .trim()
  .split(/\s+/);

export const departments = [
  ['d001', 'Customer Service'],
  ['d002', 'Development'],
  ['d003', 'Finance'],
  ['d004', 'Human Resources'],
  ['d005', 'Marketing'],
  ['d006', 'Operations'],
  ['d007', 'Quality'],
  ['d008', 'Research'],
  ['d009', 'Sales'],
] as const;

/** Careers: each list is climbed from its first title on. */
export const ladders = [
  ['Assistant Engineer', 'Engineer', 'Senior Engineer', 'Principal Engineer'],
  ['Junior Analyst', 'Analyst', 'Senior Analyst'],
  ['Staff', 'Senior Staff'],
  ['Associate', 'Specialist', 'Lead Specialist'],
] as const;
